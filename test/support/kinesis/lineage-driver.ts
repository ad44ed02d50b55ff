/**
 * Runs one lineage as a runner would, bundle after bundle, each with its own limits. Between bundles the restriction
 * and the watermark go through their coders, so that only the content of a checkpoint survives.
 */
import { Reader, Writer } from "protobufjs";
import type { DoFnInstance, Metrics } from "../../../src/beam/authoring";
import { MIN_TIMESTAMP_MS } from "../../../src/beam/values";
import type { LineageRoot } from "../../../src/io/kinesis/list-root-shards";
import { RecordParser } from "../../../src/io/parser";
import { LineageReader } from "../../../src/io/kinesis/read-lineage";
import { type LineageRestriction, lineageRestrictionCoder } from "../../../src/io/kinesis/restriction";
import type { ReadOutputs } from "../../../src/io/kinesis/shard-reading";
import type { DeadLetter, SourceRecord } from "../../../src/chat/model";
import { CoderContext } from "../../../src/beam/sdk";
import type { KinesisReadSettings } from "../../../src/io/kinesis/settings";
import type { StreamReaders } from "../../../src/io/kinesis/stream-readers";

/** A parser that emits each record itself, with an event time or without one. */
export type RecordsOnly = DoFnInstance<SourceRecord, { main: unknown; deadLetters: DeadLetter }>;

export interface Emitted {
  readonly record: SourceRecord;
  readonly timestampMs: number;
  /** The watermark that the lineage had reported when this was emitted. */
  readonly watermarkMs: number;
}

export interface Checkpoint {
  readonly restriction: Uint8Array;
  readonly watermarkMs: number;
}

export interface BundleLimits {
  readonly maxOutputs: number;
  readonly maxDurationMs: number;
}

export interface BundleResult {
  readonly done: boolean;
  readonly delayMs: number;
  readonly checkpoint: Checkpoint;
  readonly records: readonly Emitted[];
  readonly deadLetters: readonly DeadLetter[];
}

export function encodeRestriction(restriction: LineageRestriction): Uint8Array {
  const writer = new Writer();
  lineageRestrictionCoder.encode(restriction, writer, CoderContext.needsDelimiters);
  return writer.finish();
}

export function decodeRestriction(bytes: Uint8Array): LineageRestriction {
  return lineageRestrictionCoder.decode(new Reader(bytes), CoderContext.needsDelimiters);
}

/** One process that reads: its pollers live from `start` to `end`, as in a worker. */
export class LineageDriver {
  readonly counters = new Map<string, number>();
  readonly gauges = new Map<string, number>();

  private readonly reader: LineageReader;

  /** `onEnd` is called when the process ends. */
  constructor(
    settings: KinesisReadSettings,
    parser: RecordsOnly,
    readers: StreamReaders,
    private readonly onEnd: () => void = () => undefined,
  ) {
    this.reader = new LineageReader(settings, new RecordParser(parser, settings.unpack), readers, this.metrics());
  }

  initial(root: LineageRoot): Checkpoint {
    return { restriction: encodeRestriction(this.reader.initialRestriction(root)), watermarkMs: MIN_TIMESTAMP_MS };
  }

  async bundle(root: LineageRoot, from: Checkpoint, limits: BundleLimits): Promise<BundleResult> {
    const tracker = this.reader.newTracker(root, decodeRestriction(from.restriction));
    const requested = new AbortController();
    const timer = setTimeout(() => requested.abort(), limits.maxDurationMs);
    const records: Emitted[] = [];
    const deadLetters: DeadLetter[] = [];
    let residual: LineageRestriction | undefined;
    let residualMs = from.watermarkMs;
    const watermark = {
      currentMs: from.watermarkMs,
      advanceTo(ms: number): void {
        if (ms > this.currentMs) this.currentMs = ms;
      },
    };
    const checkpoint = (): void => {
      const split = tracker.trySplit(0);
      if (split === undefined) return;
      residual = split.residual;
      residualMs = watermark.currentMs;
    };
    const emit = <T extends keyof ReadOutputs>(tag: T, value: ReadOutputs[T], timestampMs: number): void => {
      if (tag === "messages") {
        records.push({ record: value as SourceRecord, timestampMs, watermarkMs: watermark.currentMs });
      } else {
        deadLetters.push(value as DeadLetter);
      }
      if (records.length + deadLetters.length >= limits.maxOutputs) requested.abort();
    };
    const observed = {
      currentRestriction: () => tracker.currentRestriction(),
      tryClaim: (claim: Parameters<typeof tracker.tryClaim>[0]) => {
        if (requested.signal.aborted && residual === undefined) checkpoint();
        return tracker.tryClaim(claim);
      },
      trySplit: (fraction: number) => tracker.trySplit(fraction),
      checkDone: () => tracker.checkDone(),
    };
    try {
      const continuation = await this.reader.process(root, observed, {
        timestampMs: MIN_TIMESTAMP_MS,
        emit,
        watermark,
        checkpointRequested: requested.signal,
      });
      if (continuation.kind === "resume" && residual === undefined) checkpoint();
      tracker.checkDone();
      return {
        done: residual === undefined,
        delayMs: continuation.kind === "resume" ? continuation.delayMs : 0,
        checkpoint: {
          restriction: encodeRestriction(residual ?? tracker.currentRestriction()),
          watermarkMs: residualMs,
        },
        records,
        deadLetters,
      };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the process, and loses its fetched records. */
  end(): void {
    this.onEnd();
  }

  private metrics(): Metrics {
    const { counters, gauges } = this;
    return {
      counter: (name) => ({ inc: (delta = 1) => void counters.set(name, (counters.get(name) ?? 0) + delta) }),
      distribution: () => ({ update: () => undefined }),
      gauge: (name) => ({ set: (value) => void gauges.set(name, value) }),
    };
  }
}
