/** The DoFns of the speed benchmark: everything between its files that is not the job's own. */
import { closeSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import {
  type OffsetRange,
  OffsetRangeTracker,
  type ProcessContinuation,
  type RestrictionTracker,
  type SplittableContext,
  type SplittableDoFn,
  type TaggedDoFn,
  registerForSerialization,
  stop,
} from "../../../src/beam/authoring";
import type { KinesisRecord, SessionPart } from "../../../src/chat/model";
import type { MessageEventTime } from "../../../src/chat/steps/parse-messages";
import { sessionRecord } from "./speed-data";

/** A file, and where its lines begin and end. */
export interface Part {
  readonly file: string;
  readonly bytes: number;
}

const READ_BYTES = 64 * 1024;
const DISORDER_MS = 5_000;
const NEWLINE = 0x0a;

class EmitParts implements TaggedDoFn<Uint8Array, { main: Part }> {
  constructor(private readonly parts: readonly Part[]) {}

  process(_impulse: Uint8Array, emit: (tag: "main", part: Part) => void): void {
    for (const part of this.parts) emit("main", part);
  }
}

/** Reads a file as the job's source reads a shard: in turns, with a watermark between them, until a checkpoint is due. */
class ReadLines implements SplittableDoFn<Part, OffsetRange, number, { main: KinesisRecord }> {
  constructor(
    private readonly eventTime: MessageEventTime,
    /** Where the time of the first record is marked. */
    private readonly out: string,
  ) {}

  initialRestriction({ bytes }: Part): OffsetRange {
    return { from: 0, to: bytes };
  }

  newTracker(_part: Part, range: OffsetRange): OffsetRangeTracker {
    return new OffsetRangeTracker(range);
  }

  async process(
    { file }: Part,
    tracker: RestrictionTracker<OffsetRange, number>,
    context: SplittableContext<{ main: KinesisRecord }>,
  ): Promise<ProcessContinuation> {
    const { from, to } = tracker.currentRestriction();
    if (from === 0) writeFileSync(path.join(this.out, `first-${path.basename(file)}.mark`), "");
    const shardId = path.basename(file);
    const descriptor = openSync(file, "r");
    try {
      let newestMs = context.watermark.currentMs + DISORDER_MS;
      for (let position = from; position < to;) {
        const chunk = Buffer.allocUnsafeSlow(READ_BYTES);
        const bytes = readSync(descriptor, chunk, 0, READ_BYTES, position);
        let start = 0;
        for (let end = chunk.indexOf(NEWLINE); end >= 0 && end < bytes; end = chunk.indexOf(NEWLINE, start)) {
          const record: KinesisRecord = {
            position: { shardId, sequenceNumber: String(position + start), subSequenceNumber: 0 },
            arrivalMs: Date.now(),
            data: chunk.subarray(start, end),
          };
          const eventMs = this.eventTime.eventTimeMs(record);
          if (eventMs === undefined) throw new Error("A line of the benchmark is no message.");
          // A line is claimed by its end, so that what is left begins with a line.
          if (!tracker.tryClaim(position + end)) return stop();
          newestMs = Math.max(newestMs, eventMs);
          const full = context.emit("main", record, eventMs);
          if (full !== undefined) await full;
          start = end + 1;
        }
        position += start;
        context.watermark.advanceTo(newestMs - DISORDER_MS);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return stop();
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Writes a line for each session to a file of this process. */
class WriteSessions implements TaggedDoFn<SessionPart, Record<string, never>> {
  private descriptor: number | undefined;
  private lines: string[] = [];

  constructor(private readonly out: string) {}

  process({ userId, messages, partCount }: SessionPart): void {
    if (partCount > 1) throw new Error("A session of the benchmark was cut.");
    const record = sessionRecord(
      userId,
      messages.map(({ content, timestampMs: timestamp }) => ({ content, timestamp })),
    );
    this.lines.push(`${JSON.stringify(record)}\n`);
  }

  finishBundle(): void {
    if (this.lines.length === 0) return;
    const name = `sessions-${process.pid}-${Math.random().toString(36).slice(2)}.jsonl`;
    this.descriptor ??= openSync(path.join(this.out, name), "a");
    writeSync(this.descriptor, this.lines.join(""));
    this.lines = [];
  }

  teardown(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

export const speedFns = { EmitParts, ReadLines, WriteSessions };

registerForSerialization("bench/flink/speed", speedFns);
