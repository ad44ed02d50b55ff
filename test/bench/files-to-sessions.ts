import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { encodeMessage } from "../support/kinesis/producer";
import { temporaryFolder } from "../support/temporary-folder";
import { type Benchmark, round } from "./harness/benchmark";
import { benchMessage } from "./harness/chat";
import type { PipelineFigures } from "./harness/direct";
import type { MemorySample } from "./harness/memory";
import { messagesRow } from "./harness/messages-row";
import { runMeasured } from "./harness/process";
import type { FilesArgs } from "./jobs/files";

/** As many as the benchmark of Kinesis has. */
const MESSAGES = 200_000;
/** A file of 1 GB, through which the memory must stay the same. */
const LARGE_MESSAGES = 5_200_000;
/** The tests' small runs leave it out, which would be large all the same. */
const LARGE_FROM_SCALE = 0.1;
/** A shorter file proves nothing about growth. */
const JUDGED_FROM_SCALE = 0.5;
const MAX_GROWTH = 1.5;
const MESSAGES_AT_ONCE = 1_000;
const DAYS_AGO_MS = 30 * 86_400_000;

function* lines(count: number, startMs: number): Generator<Buffer> {
  for (let from = 0; from < count; from += MESSAGES_AT_ONCE) {
    const size = Math.min(MESSAGES_AT_ONCE, count - from);
    const messages = Array.from({ length: size }, (_, index) => encodeMessage(benchMessage(from + index, startMs)));
    yield Buffer.from(`${messages.join("\n")}\n`);
  }
}

/** The greatest resident memory of each half of the time, in MB; that of the whole where there were too few samples. */
function halves(samples: readonly MemorySample[], peakRssMb: number): readonly [first: number, second: number] {
  const middle = Math.ceil(samples.length / 2);
  const peakOf = (half: readonly MemorySample[]): number =>
    half.length === 0 ? peakRssMb : Math.max(...half.map(({ rssMb }) => rssMb));
  return [peakOf(samples.slice(0, middle)), peakOf(samples.slice(middle))];
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
      const samples: MemorySample[] = [];
      const args: FilesArgs = { input: file };
      const measured = await runMeasured<PipelineFigures>("files.ts", args, (line) => {
        samples.push(JSON.parse(line) as MemorySample);
      });
      const [first, second] = halves(samples, measured.peakRssMb);
      if (messages === LARGE_MESSAGES && scale >= JUDGED_FROM_SCALE && second > MAX_GROWTH * first) {
        throw new Error(`the resident memory grew from ${round(first)} MB to ${round(second)} MB`);
      }
      return {
        ...{ file: title, MB: round((await stat(file)).size / 1e6), ...messagesRow(count, measured) },
        ...{ "1st half, RSS MB": round(first), "2nd half": round(second) },
      };
    };
    try {
      return [
        await figures("plain", MESSAGES, false),
        await figures("gzip", MESSAGES, true),
        ...(scale < LARGE_FROM_SCALE ? [] : [await figures("large", LARGE_MESSAGES, false)]),
      ];
    } finally {
      await folder.remove();
    }
  },
};
