import { createWriteStream } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { encodeMessage } from "../support/kinesis/producer";
import { temporaryFolder } from "../support/temporary-folder";
import type { Benchmark } from "./harness/benchmark";
import { benchMessage } from "./harness/chat";
import type { PipelineFigures } from "./harness/direct";
import { messagesRow } from "./harness/messages-row";
import { runMeasured } from "./harness/process";
import type { FilesArgs } from "./jobs/files";

/** As many as the benchmark of Kinesis has. */
const MESSAGES = 200_000;
/** A file of 1 GB: the memory must be the same. */
const LARGE_MESSAGES = 5_200_000;
const MESSAGES_AT_ONCE = 1_000;
const DAYS_AGO_MS = 30 * 86_400_000;

function* lines(count: number, startMs: number): Generator<Buffer> {
  for (let from = 0; from < count; from += MESSAGES_AT_ONCE) {
    const size = Math.min(MESSAGES_AT_ONCE, count - from);
    const messages = Array.from({ length: size }, (_, index) => encodeMessage(benchMessage(from + index, startMs)));
    yield Buffer.from(`${messages.join("\n")}\n`);
  }
}

export const filesToSessions: Benchmark = {
  name: "files",
  title: "Direct runner: a file of JSON lines → parse → closed sessions",
  notMeasured: "Neither S3 with its network, nor Bedrock and OpenSearch. The file is in the cache of the disk.",
  async run(scale) {
    const folder = await temporaryFolder("bench-files");
    const startMs = Date.now() - DAYS_AGO_MS;
    const figures = async (title: string, messages: number, isCompressed: boolean) => {
      const count = Math.round(messages * scale);
      const file = path.join(folder.path, title);
      const source = Readable.from(lines(count, startMs));
      await (isCompressed
        ? pipeline(source, createGzip(), createWriteStream(file))
        : pipeline(source, createWriteStream(file)));
      const args: FilesArgs = { input: file };
      return { file: title, ...messagesRow(count, await runMeasured<PipelineFigures>("files.ts", args)) };
    };
    try {
      return [
        await figures("plain", MESSAGES, false),
        await figures("gzip", MESSAGES, true),
        // Not in the tests' small runs, whose files would be large all the same.
        ...(scale < 1 ? [] : [await figures("1 GB", LARGE_MESSAGES, false)]),
      ];
    } finally {
      await folder.remove();
    }
  },
};
