/** Files that others may replace while the page is served: users that come and go, certificates that are renewed. */
import { statSync } from "node:fs";
import { JobError } from "../../chat/errors";
import { readGivenFile } from "../../chat/given-file";
import { roomLog } from "../../log";

const log = roomLog("page");

/** A change shows after this time at most; a look takes some microseconds. */
const LOOK_INTERVAL_MS = 2_000;

interface NamedFile {
  readonly file: string;
  /** The option that names the file. */
  readonly flag: string;
  /** Says which file to give. */
  readonly advice: string;
}

/** Content made of several files, which is read again when one of them changes. */
export class FreshFiles<T> {
  private content: T;
  private mark: string;
  private lookedAtMs = Date.now();

  /** Reads the files. Throws `JobError` BAD_OPTION, or what `parse` throws. */
  constructor(
    private readonly files: readonly NamedFile[],
    private readonly parse: (texts: readonly string[]) => T,
  ) {
    // The mark comes first, so that a change between the two is read again.
    this.mark = markOf(files);
    this.content = this.read();
  }

  /** The content as it is now; a new one that cannot be used is logged, and the former one stays. */
  value(nowMs = Date.now()): T {
    if (nowMs - this.lookedAtMs < LOOK_INTERVAL_MS) return this.content;
    this.lookedAtMs = nowMs;
    const mark = markOf(this.files);
    if (mark === this.mark) return this.content;
    this.mark = mark;
    const flags = this.files.map(({ flag }) => flag).join(" ");
    try {
      this.content = this.read();
      log.warn({ flags }, "what the page was given was read anew");
    } catch (error) {
      const reason = error instanceof JobError ? error.message : (error as Error).name;
      log.error({ flags, reason }, "what the page was given has changed and cannot be used: the former one stays");
    }
    return this.content;
  }

  private read(): T {
    return this.parse(this.files.map(({ file, flag, advice }) => readGivenFile(file, `${flag} ${file}`, advice)));
  }
}

/** Changes with the content of any of the files. */
function markOf(files: readonly NamedFile[]): string {
  return files
    .map(({ file }) => {
      try {
        const { ino, mtimeMs, size } = statSync(file);
        return `${ino} ${mtimeMs} ${size}`;
      } catch {
        return "missing";
      }
    })
    .join();
}
