/** Session parts of one size behind an `asyncBoundary`, whose calls end with the job, and a count of their costs. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  asyncBoundary,
  asyncDoFn,
  type AsyncElement,
  compactCoder,
  jsonCoder,
  type OffsetRange,
  OffsetRangeTracker,
  splittableDoFn,
  stop,
} from "../../../src/beam/authoring";
import { impulse, type Root } from "../../../src/beam/sdk";
import { readSession, writeSession } from "../../../src/chat/coders/session";
import type { ChatMessage, Session } from "../../../src/chat/model";
import { message, part } from "../jobs/generate";

const REPORT_EVERY_MS = 200;
/** Longer than the job, whose end ends the calls. */
const NEVER_MS = 2 ** 31 - 1;
const TEXT_CHARS = 200;
/** More than any load here. */
const CAPACITY = { maxElements: 10_000, maxBytes: 2 ** 30 };

export interface PolledParts {
  readonly count: number;
  /** Characters of a part's messages together, 200 each. */
  readonly chars: number;
  readonly reportFile: string;
}

/** Work of a worker since its start. */
export interface WorkerReport {
  /** Parts that reached the stage of the boundary: once when they are new, then once for each poll. */
  readonly decoded: number;
  readonly cpuS: number;
  /** Bytes through sockets and files, as Linux counts them. */
  readonly readBytes: number;
  readonly writtenBytes: number;
}

let decoded = 0;

const polledPartCoder = compactCoder<Session>("bench:coder:polled_part", 1, {
  write: writeSession,
  read: (reader) => {
    decoded++;
    return readSession(reader);
  },
});

const polledSource = splittableDoFn("polledParts", {
  restriction: jsonCoder<OffsetRange>("bench:coder:polled_range", 1),
  bounded: false,
  outputs: { main: polledPartCoder },
  open: ({ count, chars, reportFile }: PolledParts) => ({
    initialRestriction: (_element: Uint8Array) => ({ from: 0, to: count }),
    newTracker: (_element, range) => new OffsetRangeTracker(range),
    async process(_element, tracker, { emit }) {
      report(reportFile);
      for (let index = tracker.currentRestriction().from; tracker.tryClaim(index); index++) {
        const value = partOf(index, chars);
        await emit("main", value, value.messages.at(-1)!.timestampMs);
      }
      return stop();
    },
  }),
});

const endlessCalls = asyncDoFn("endlessCalls", {
  outputs: { main: polledPartCoder },
  calls: { maxConcurrentCalls: CAPACITY.maxElements },
  open: () => ({
    async process(elements: readonly AsyncElement<Session, { main: Session }>[]) {
      await sleep(NEVER_MS);
      for (const { value, emit } of elements) await emit("main", value);
    },
  }),
});

export function pollParts(root: Root, parts: PolledParts): void {
  const { main } = root.apply(impulse()).apply(polledSource(parts));
  main.apply(asyncBoundary(polledPartCoder, CAPACITY)).apply(endlessCalls());
}

/** A session whose messages have this many characters together. */
export function partOf(index: number, chars: number): Session {
  const count = Math.max(1, Math.round(chars / TEXT_CHARS));
  const like = part(index);
  const messages = Array.from({ length: count }, (_, place): ChatMessage => ({
    ...message(index * count + place),
    userId: like.sessionKey,
    content: `${index}/${place} `.padEnd(Math.min(chars, TEXT_CHARS), "Where is my parcel? "),
  }));
  return { ...like, messages };
}

let timer: NodeJS.Timeout | undefined;

function report(file: string): void {
  timer ??= setInterval(() => {
    const io = readFileSync("/proc/self/io", "utf8");
    const { user, system } = process.cpuUsage();
    const counted = (name: string): number => Number(new RegExp(`^${name}: (\\d+)`, "m").exec(io)?.[1]);
    const now: WorkerReport = {
      decoded,
      cpuS: (user + system) / 1e6,
      readBytes: counted("rchar"),
      writtenBytes: counted("wchar"),
    };
    // Renamed, so that a reader sees all of it or none.
    writeFileSync(`${file}.new`, JSON.stringify(now));
    renameSync(`${file}.new`, file);
  }, REPORT_EVERY_MS).unref();
}
