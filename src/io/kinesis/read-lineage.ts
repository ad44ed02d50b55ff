import {
  type DoFnSpec,
  type Gauge,
  type Metrics,
  MIN_TIMESTAMP_MS,
  type ProcessContinuation,
  type RestrictionTracker,
  resume,
  type SplittableContext,
  splittableDoFn,
  type SplittableDoFnInstance,
  stop,
} from "../../beam";
import { RetryCounters } from "../retry-causes";
import type { LineageRoot } from "./list-root-shards";
import type { RecordParser } from "../parser";
import { openParser, SourceCounters, sourceOutputs } from "../parsing-source";
import { type LineageRestriction, lineageRestrictionCoder, startOfLineage } from "./restriction";
import type { KinesisReadSettings } from "./settings";
import {
  COUNTED,
  type LineageReading,
  noCounts,
  type ReadCounts,
  type ReadOutputs,
  ShardReading,
} from "./shard-reading";
import { sharedReaders, type StreamReaders } from "./stream-readers";
import { type LineageClaim, LineageTracker } from "./tracker";
import { firstOf, letIoRun } from "./waiting";
import { lineageWatermarkMs } from "./watermark";

type Tracker = RestrictionTracker<LineageRestriction, LineageClaim>;
type Context = SplittableContext<ReadOutputs>;

/**
 * Reads the shards of one lineage, several at once and in turns, until the runner asks for a checkpoint, no records are
 * available just now, or all are read up to `untilMs`.
 *
 * 1. The watermark is reported between turns, when all that was claimed is emitted: the oldest of the cursors' own.
 * 2. Every way out parks the pollers, so that the next bundle goes on with the same iterators and fetched records.
 */
export class LineageReader implements SplittableDoFnInstance<
  LineageRoot,
  LineageRestriction,
  LineageClaim,
  ReadOutputs
> {
  private readonly counters: SourceCounters<keyof ReadCounts>;
  private readonly retries: RetryCounters<"source">;
  private readonly millisBehindLatest: Gauge;
  private readonly behindArrivalMs: Gauge;
  private readonly watermarkLagMs: Gauge;

  constructor(
    private readonly settings: KinesisReadSettings,
    private readonly parser: RecordParser,
    private readonly readers: StreamReaders,
    metrics: Metrics,
  ) {
    this.counters = new SourceCounters(COUNTED, metrics);
    this.retries = new RetryCounters("source", metrics);
    this.millisBehindLatest = metrics.gauge("millisBehindLatest");
    this.behindArrivalMs = metrics.gauge("behindArrivalMs");
    this.watermarkLagMs = metrics.gauge("watermarkLagMs");
  }

  close(): void | Promise<void> {
    return this.parser.close();
  }

  initialRestriction({ rootShardId }: LineageRoot): LineageRestriction {
    return startOfLineage(rootShardId, this.settings);
  }

  newTracker(_root: LineageRoot, restriction: LineageRestriction): LineageTracker {
    return new LineageTracker(restriction);
  }

  async process(root: LineageRoot, tracker: Tracker, context: Context): Promise<ProcessContinuation> {
    const counts = noCounts();
    const { untilMs } = tracker.currentRestriction();
    const { settings, parser } = this;
    const lineage: LineageReading = { settings, parser, untilMs, tracker, context, counts };
    const readings = new Map<string, ShardReading>();
    try {
      for (;;) {
        const { cursors } = tracker.currentRestriction();
        if (cursors.length === 0) return stop();
        context.watermark.advanceTo(lineageWatermarkMs(cursors));
        if (context.checkpointRequested.aborted) return resume();
        for (const cursor of cursors) {
          if (readings.has(cursor.shardId)) continue;
          const poller = this.readers.lease(root.rootShardId, cursor);
          readings.set(cursor.shardId, new ShardReading(lineage, poller, cursor.watermarkMs));
        }
        const taken = await this.round(readings, context);
        this.report(readings, counts);
        if (taken === "refused") return stop();
        if (taken === "took") await letIoRun();
        else {
          const delayMs = await nextAnswer(readings, context.checkpointRequested);
          if (delayMs !== undefined) return resume(delayMs);
        }
      }
    } finally {
      this.report(readings, counts);
      for (const { poller } of readings.values()) this.readers.park(root.rootShardId, poller);
    }
  }

  /** Gives each shard one turn, while requests for all of them are under way. */
  private async round(readings: Map<string, ShardReading>, context: Context): Promise<"took" | "nothing" | "refused"> {
    let took = false;
    for (const { poller } of readings.values()) poller.pump(() => this.readers.allowedFor(poller));
    for (const [shardId, reading] of readings) {
      const turn = await reading.turn();
      if (turn === "refused") return "refused";
      if (turn === "ended") {
        readings.delete(shardId);
        this.readers.drop(reading.poller);
      }
      took ||= turn !== "nothing";
      if (context.checkpointRequested.aborted) break;
    }
    return took ? "took" : "nothing";
  }

  private report(readings: ReadonlyMap<string, ShardReading>, counts: ReadCounts): void {
    const nowMs = Date.now();
    for (const [shardId, { poller, lastArrivalMs, watermarkMs }] of readings) {
      for (const [cause, times] of poller.retries) this.retries.count(cause, times);
      poller.retries.clear();
      const behindArrivalMs = lastArrivalMs === undefined ? 0 : Math.max(0, nowMs - lastArrivalMs);
      const watermarkLagMs = watermarkMs === MIN_TIMESTAMP_MS ? 0 : Math.max(0, nowMs - watermarkMs);
      this.readers.reportLag(shardId, {
        millisBehindLatest: poller.millisBehindLatest,
        behindArrivalMs,
        watermarkLagMs,
      });
    }
    this.counters.take(counts);
    const worst = this.readers.worstLag();
    this.millisBehindLatest.set(worst.millisBehindLatest);
    this.behindArrivalMs.set(worst.behindArrivalMs);
    this.watermarkLagMs.set(worst.watermarkLagMs);
  }
}

/**
 * Waits for an answer that is on its way. When none is, there is nothing to wait for in a bundle: returns the delay
 * until the next request is due.
 */
async function nextAnswer(
  readings: ReadonlyMap<string, ShardReading>,
  checkpointRequested: AbortSignal,
): Promise<number | undefined> {
  const pollers = [...readings.values()].map(({ poller }) => poller);
  const underWay = pollers.flatMap((poller) => poller.underWay ?? []);
  const dueMs = pollers.filter((poller) => poller.underWay === undefined).map((poller) => poller.dueInMs());
  const soonestMs = Math.min(...dueMs);
  if (underWay.length === 0) return soonestMs > 0 ? soonestMs : undefined;
  await firstOf(underWay, soonestMs, checkpointRequested);
  return undefined;
}

export interface ReadLineageSettings {
  readonly kinesis: KinesisReadSettings;
  /** The specification of a `Parser`. */
  readonly parser: DoFnSpec;
}

/** Reads the lineages of these roots, and emits the parser's outputs for their records. */
export const readLineage = splittableDoFn("readLineage", {
  restriction: lineageRestrictionCoder,
  bounded: ({ kinesis }: ReadLineageSettings) => kinesis.untilMs !== undefined,
  outputs: ({ parser }: ReadLineageSettings) => sourceOutputs(parser),
  async open({ kinesis, parser }: ReadLineageSettings, context) {
    const recordParser = await openParser(parser, kinesis.unpack, context);
    return new LineageReader(kinesis, recordParser, sharedReaders(context.shared, kinesis), context.metrics);
  },
});
