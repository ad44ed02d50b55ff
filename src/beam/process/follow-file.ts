/** Follows the lines that other processes append to a file. */
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { PRIVATE_FILE_MODE } from "./private";

const POLL_MS = 200;
const CHUNK_BYTES = 64 * 1024;
/** Size of the lines already read above which the file is emptied, to free space on the disk. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Resolves when `ended` is aborted and the rest was read. A last line without a line end is passed on as well. */
export async function followFile(file: string, tell: (line: string) => void, ended: AbortSignal): Promise<void> {
  // Opening creates the file with private rights, before anybody appends to it.
  const handle = await open(file, "a+", PRIVATE_FILE_MODE);
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let position = 0;
  let rest = "";
  try {
    for (let isLast = false; !isLast;) {
      // The signal is read first, so that everything written before the abort is still read.
      isLast = ended.aborted;
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        lines.forEach(tell);
      }
      if (position > MAX_FILE_BYTES && (await handle.stat()).size === position) {
        await handle.truncate(0);
        position = 0;
      }
      if (!isLast) await sleep(POLL_MS, undefined, { signal: ended }).catch(() => undefined);
    }
    if (rest !== "") tell(rest);
  } finally {
    await handle.close();
  }
}
