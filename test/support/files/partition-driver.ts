/**
 * Reads partitions as a runner would, bundle after bundle, each with its own limits. Between bundles the restriction
 * and the watermark go through their coders, so that only the content of a checkpoint survives.
 */
import { Reader, Writer } from "protobufjs";
import type { Metrics } from "../../../src/beam/authoring";
import { RestrictionRun } from "../../../src/beam/operators/restriction-run";
import { CoderContext } from "../../../src/beam/sdk";
import { MIN_TIMESTAMP_MS } from "../../../src/beam/values";
import type { ChatMessage, DeadLetter } from "../../../src/chat/model";
import { parse } from "../../../src/chat/steps/records/parse";
import type { MessageSettings } from "../../../src/chat/steps/records/settings";
import type { FileStore } from "../../../src/io/files/api";
import { PartitionReaders } from "../../../src/io/files/partition-readers";
import { packed } from "../../../src/io/files/listing";
import { PartitionReader } from "../../../src/io/files/read-partition";
import { type PartitionRestriction, partitionRestrictionCoder } from "../../../src/io/files/restriction";
import type { FilesReadSettings, ListedFile } from "../../../src/io/files/settings";
import { recordLetter } from "../../../src/io/parsed-outputs";
import { RecordParser } from "../../../src/io/parser";

export const MESSAGE_SETTINGS: MessageSettings = {
  userField: "userId",
  contentField: "content",
  messageIdField: "messageId",
  timestampField: "timestamp",
  timestampUnit: "auto",
  normalizeUser: [],
  maxMessageBytes: 262_144,
  maxFutureMs: 3_600_000,
  maxAgeMs: 315_360_000_000,
};

/** Files in memory, by name. */
export class MemoryStore implements FileStore {
  readonly reads: string[] = [];
  private readonly contents = new Map<string, Buffer>();

  constructor(files: Readonly<Record<string, Buffer | string>>) {
    for (const [name, content] of Object.entries(files)) this.contents.set(name, Buffer.from(content));
  }

  async read({ name, bytes }: ListedFile, from: number, maxBytes: number): Promise<Buffer> {
    this.reads.push(`${name} ${from}`);
    await Promise.resolve();
    return this.contents.get(name)!.subarray(from, Math.min(bytes, from + maxBytes));
  }

  listed(more: Partial<ListedFile> = {}): readonly ListedFile[] {
    return [...this.contents].map(([name, { length: bytes }]) => ({
      at: { kind: "local", path: `/${name}` },
      name,
      bytes,
      modifiedMs: Date.UTC(2026, 10, 28),
      version: "1",
      isSplittable: false,
      ...more,
    }));
  }
}

export interface PartitionOutputs {
  readonly messages: ChatMessage[];
  readonly late: ChatMessage[];
  readonly deadLetters: DeadLetter[];
  /** The watermark before each message, and at the end. */
  readonly watermarks: number[];
  readonly counters: Map<string, number>;
  bundles: number;
}

export interface PartitionRun {
  readonly settings?: Partial<FilesReadSettings>;
  readonly maxOutputs?: number;
  /** Makes new readers before every so many bundles, as another process would; default: never. */
  readonly newProcessEvery?: number;
  readonly partition?: number;
  readonly messages?: MessageSettings;
}

/** Reads a partition to its end. */
export async function readPartitionOf(
  store: FileStore,
  files: readonly ListedFile[],
  {
    settings = {},
    maxOutputs = 50_000,
    newProcessEvery = Number.POSITIVE_INFINITY,
    partition = 0,
    messages = MESSAGE_SETTINGS,
  }: PartitionRun = {},
): Promise<PartitionOutputs> {
  const all: FilesReadSettings = {
    files: packed(files),
    s3: { region: "us-east-1" },
    partitions: 1,
    form: "lines",
    allowedDisorderMs: 10_000,
    gapMs: 300_000,
    late: "amend",
    ...settings,
  };
  const outputs: PartitionOutputs = {
    messages: [],
    late: [],
    deadLetters: [],
    watermarks: [],
    counters: new Map(),
    bundles: 0,
  };
  const element = { partition, salt: 0 };
  let reader: PartitionReader | undefined;
  let restriction: Uint8Array | undefined;
  let watermarkMs = MIN_TIMESTAMP_MS;
  for (;;) {
    if (outputs.bundles % newProcessEvery === 0) reader = undefined;
    reader ??= new PartitionReader(
      all,
      recordParser(messages, all),
      new PartitionReaders(all, store),
      metricsInto(outputs.counters),
    );
    const from = restriction === undefined ? reader.initialRestriction() : decoded(restriction);
    const tracker = reader.newTracker(element, from);
    const limits = { maxOutputs, maxDurationMs: 60_000 };
    const run = new RestrictionRun(tracker, watermarkMs, limits, new AbortController().signal);
    const emit = (tag: string, value: unknown): void => {
      if (tag === "messages") outputs.watermarks.push(run.watermark.currentMs);
      if (tag === "messages") outputs.messages.push(value as ChatMessage);
      else if (tag === "late") outputs.late.push(value as ChatMessage);
      else outputs.deadLetters.push(value as DeadLetter);
      run.countOutput();
    };
    const { watermark, checkpointRequested } = run;
    const context = { timestampMs: MIN_TIMESTAMP_MS, emit, watermark, checkpointRequested };
    const continuation = await reader.process(element, run.observedTracker as never, context);
    if (continuation.kind === "resume") run.takeCheckpoint();
    run.end();
    tracker.checkDone();
    outputs.bundles++;
    if (run.checkpoint === undefined) {
      outputs.watermarks.push(run.watermark.currentMs);
      return outputs;
    }
    restriction = encoded(run.checkpoint.restriction as PartitionRestriction);
    watermarkMs = run.checkpoint.watermarkMs;
  }
}

function recordParser(settings: MessageSettings, { unpack }: FilesReadSettings): RecordParser {
  const parser: ConstructorParameters<typeof RecordParser>[0] = {
    process(record, emit) {
      const parsed = parse(record, settings);
      if (parsed.ok) void emit("main", parsed.message, parsed.message.timestampMs);
      else void emit("deadLetters", recordLetter(parsed.code, record, parsed.reason));
    },
  };
  return new RecordParser(parser, unpack);
}

function metricsInto(counters: Map<string, number>): Metrics {
  return {
    counter: (name) => ({ inc: (delta = 1) => void counters.set(name, (counters.get(name) ?? 0) + delta) }),
    distribution: () => ({ update: () => undefined }),
    gauge: () => ({ set: () => undefined }),
  };
}

function encoded(restriction: PartitionRestriction): Uint8Array {
  const writer = new Writer();
  partitionRestrictionCoder.encode(restriction, writer, CoderContext.needsDelimiters);
  return writer.finish();
}

function decoded(bytes: Uint8Array): PartitionRestriction {
  return partitionRestrictionCoder.decode(new Reader(bytes), CoderContext.needsDelimiters);
}
