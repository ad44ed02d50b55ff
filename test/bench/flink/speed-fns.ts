/** The DoFns of the speed benchmark: everything between its files that is not the job's own. */
import { closeSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import {
  doFn,
  type DoFnSpec,
  jsonCoder,
  type OffsetRange,
  OffsetRangeTracker,
  openSpec,
  splittableDoFn,
  stop,
} from "../../../src/beam/authoring";
import { chatMessageCoder } from "../../../src/chat/coders/chat-message";
import type { ChatMessage, Session } from "../../../src/chat/model";
import { RecordParser } from "../../../src/io/parser";
import { DISORDER_MS, sessionRecord } from "./speed-data";

/** A file, and the offsets of its lines' beginnings and ends. */
export interface Part {
  readonly file: string;
  readonly bytes: number;
}

const READ_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

export const emitParts = doFn("files", {
  outputs: { main: jsonCoder<Part>("bench:coder:part", 1) },
  open: ({ parts }: { readonly parts: readonly Part[] }) => ({
    process(_impulse: Uint8Array, emit) {
      for (const part of parts) void emit("main", part);
    },
  }),
});

interface ReadSettings {
  /** Specification of the job's own parser. */
  readonly parser: DoFnSpec;
  /** File that marks the time of the first record. */
  readonly out: string;
}

/**
 * Reads a file as the job's source reads a shard, its parser included: in turns, with a watermark between them, until a
 * checkpoint is due.
 */
export const readChat = splittableDoFn("readChat", {
  restriction: jsonCoder<OffsetRange>("bench:coder:byte_range", 1),
  bounded: false,
  outputs: { main: chatMessageCoder },
  async open({ parser: spec, out }: ReadSettings, openContext) {
    const parser = new RecordParser(await openSpec(spec, openContext));
    return {
      initialRestriction: ({ bytes }: Part) => ({ from: 0, to: bytes }),
      newTracker: (_part: Part, range) => new OffsetRangeTracker(range),
      async process({ file }: Part, tracker, context) {
        const { from, to } = tracker.currentRestriction();
        if (from === 0) writeFileSync(path.join(out, `first-${path.basename(file)}.mark`), "");
        const shardId = path.basename(file);
        const descriptor = openSync(file, "r");
        try {
          let newestMs = context.watermark.currentMs + DISORDER_MS;
          for (let position = from; position < to;) {
            const chunk = Buffer.allocUnsafeSlow(READ_BYTES);
            const bytes = readSync(descriptor, chunk, 0, READ_BYTES, position);
            let start = 0;
            for (let end = chunk.indexOf(NEWLINE); end >= 0 && end < bytes; end = chunk.indexOf(NEWLINE, start)) {
              const [parsed] = parser.parse({
                position: { shardId, sequenceNumber: String(position + start), subSequenceNumber: 0 },
                arrivalMs: Date.now(),
                data: chunk.subarray(start, end),
              });
              const { eventMs, value } = parsed!;
              if (eventMs === undefined) throw new Error("A line of the benchmark is no message.");
              // A line is claimed by its end, so that the rest begins with a line.
              if (!tracker.tryClaim(position + end)) return stop();
              newestMs = Math.max(newestMs, eventMs);
              const full = context.emit("main", value as ChatMessage, eventMs);
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
      },
    };
  },
});

/** Writes a line for each session to a file of this process. */
export const writeSessions = doFn("writeSessions", {
  outputs: {},
  open({ out }: { readonly out: string }) {
    let descriptor: number | undefined;
    let lines: string[] = [];
    return {
      process({ sessionKey, messages }: Session) {
        const record = sessionRecord(
          sessionKey,
          messages.map(({ content, timestampMs: timestamp }) => ({ content, timestamp })),
        );
        lines.push(`${JSON.stringify(record)}\n`);
      },
      finishBundle() {
        if (lines.length === 0) return;
        const name = `sessions-${process.pid}-${Math.random().toString(36).slice(2)}.jsonl`;
        descriptor ??= openSync(path.join(out, name), "a");
        writeSync(descriptor, lines.join(""));
        lines = [];
      },
      close() {
        if (descriptor !== undefined) closeSync(descriptor);
      },
    };
  },
});
