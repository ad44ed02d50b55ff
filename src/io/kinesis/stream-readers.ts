/**
 * The state of one stream that outlives bundles in one process of a run: parked pollers with their iterators and
 * fetched records, and the pace of every shard. GetShardIterator is allowed five times a second per shard, so a bundle
 * must not need one.
 *
 * 1. A poller is either parked or leased to one bundle; a lease takes it away.
 * 2. A parked poller serves only a cursor at exactly its position; any other cursor (after a restore) gets a new one.
 * 3. A shard has one pace, shared by all pollers that read it.
 * 4. A shard after a gap is adopted by one lineage of this process, always the same, and by none when another one reads
 *    it.
 * 5. When too much waits, pollers without an answer fetch in the order of asking: a shard left out would hold the
 *    watermark of all.
 */
import type { Shared } from "../../beam";
import { onClock, tellClock } from "../aws/clock";
import { Parked } from "../parked";
import type { StreamApi } from "./api";
import { sharedKinesisClient, streamApi } from "./client";
import { type Clocks, CLOCKS } from "./clocks";
import { log } from "./keep-trying";
import { rootsOf, type Shard } from "./lineage";
import { type Fetching, ShardPoller } from "./poller";
import { samePosition, type ShardCursor } from "./restriction";
import type { KinesisReadSettings } from "./settings";
import { ShardPace } from "./shard-pace";

/** Bytes waiting in all of the process's leased and parked pollers of the stream, above which fetching ahead stops. */
const MAX_AHEAD_BYTES = 64 * 1024 * 1024;
/**
 * Bytes waiting in these pollers above which nothing more is fetched: with many shards, even one answer of up to 10 MB
 * for each is too much.
 */
const MAX_BUFFERED_BYTES = 2 * MAX_AHEAD_BYTES;
/** Time that a waiting poller keeps its place without asking again: several times the pause between bundles. */
const MAX_WAITING_MS = 1_000;

export class StreamReaders {
  private readonly parked: Parked<string, ShardPoller>;
  private readonly leased = new Set<ShardPoller>();
  /** Pollers without an answer that found no room, in the order of asking, and when they last asked. */
  private readonly waiting = new Map<ShardPoller, number>();
  private readonly paces = new Map<string, ShardPace>();
  private readonly lags = new Map<string, ShardLag>();
  /** The lineages of all shards that were read or adopted here. */
  private readonly owners = new Map<string, string>();

  constructor(
    readonly api: StreamApi,
    private readonly limits: KinesisReadSettings["limits"],
    private readonly clocks: Clocks = CLOCKS,
  ) {
    this.parked = new Parked(clocks.steadyMs);
  }

  lease(lineage: string, { shardId, position }: ShardCursor): ShardPoller {
    this.forgetOld();
    const key = keyOf(lineage, shardId);
    const parked = this.parked.take(key);
    const poller =
      parked !== undefined && samePosition(parked.position, position)
        ? parked
        : new ShardPoller(
            shardId,
            position,
            this.api,
            this.paceOf(shardId),
            this.limits.maxRecordsPerCall,
            this.clocks,
            (listing) => this.adopt(lineage, listing),
          );
    this.owners.set(shardId, lineage);
    this.leased.add(poller);
    return poller;
  }

  park(lineage: string, poller: ShardPoller): void {
    this.leased.delete(poller);
    this.parked.park(keyOf(lineage, poller.shardId), poller);
  }

  /** Drops the poller of a shard that has been read to its end. */
  drop(poller: ShardPoller): void {
    this.leased.delete(poller);
    this.waiting.delete(poller);
    this.paces.delete(poller.shardId);
    this.lags.delete(poller.shardId);
  }

  /** Returns the fetching that this poller is allowed now. */
  allowedFor(poller: ShardPoller): Fetching {
    let bytes = 0;
    for (const each of this.leased) bytes += each.bufferedBytes;
    for (const each of this.parked.readings()) bytes += each.bufferedBytes;
    if (bytes < MAX_AHEAD_BYTES) return "ahead";
    if (poller.hasAnswer) return "none";
    if (bytes < MAX_BUFFERED_BYTES && this.isNext(poller)) {
      this.waiting.delete(poller);
      return "needed";
    }
    this.waiting.set(poller, this.clocks.steadyMs());
    return "none";
  }

  /**
   * Returns those of a listing's roots that no other lineage of this process has read or adopted. Another process may
   * read them too: such messages come twice, and are known as duplicates.
   */
  private adopt(lineage: string, listing: readonly Shard[]): readonly string[] {
    const own = rootsOf(listing).filter(({ shardId }) => (this.owners.get(shardId) ?? lineage) === lineage);
    for (const { shardId } of own) this.owners.set(shardId, lineage);
    return own.map(({ shardId }) => shardId);
  }

  reportLag(shardId: string, lag: ShardLag): void {
    this.lags.set(shardId, lag);
  }

  /** The lag of the worst of the shards that this process reads. */
  worstLag(): ShardLag {
    let [millisBehindLatest, behindArrivalMs, watermarkLagMs] = [0, 0, 0];
    for (const lag of this.lags.values()) {
      millisBehindLatest = Math.max(millisBehindLatest, lag.millisBehindLatest);
      behindArrivalMs = Math.max(behindArrivalMs, lag.behindArrivalMs);
      watermarkLagMs = Math.max(watermarkLagMs, lag.watermarkLagMs);
    }
    return { millisBehindLatest, behindArrivalMs, watermarkLagMs };
  }

  /** Returns true when no poller that asked earlier is still waiting. */
  private isNext(poller: ShardPoller): boolean {
    for (const [each, askedMs] of this.waiting) {
      if (each === poller) return true;
      if (this.clocks.steadyMs() - askedMs <= MAX_WAITING_MS) return false;
      this.waiting.delete(each);
    }
    return true;
  }

  private paceOf(shardId: string): ShardPace {
    let pace = this.paces.get(shardId);
    if (pace === undefined) this.paces.set(shardId, (pace = new ShardPace(this.limits, this.clocks.steadyMs())));
    return pace;
  }

  private forgetOld(): void {
    for (const poller of this.parked.takeOld()) {
      this.waiting.delete(poller);
      this.paces.delete(poller.shardId);
      this.lags.delete(poller.shardId);
    }
  }
}

export interface ShardLag {
  /** The lag as the service reports it. */
  readonly millisBehindLatest: number;
  /** Age of the newest record taken; 0 at the tip. */
  readonly behindArrivalMs: number;
  /** Time from the shard's watermark to this moment; 0 before the first record. */
  readonly watermarkLagMs: number;
}

function keyOf(lineage: string, shardId: string): string {
  return `${lineage}/${shardId}`;
}

/** The run's readers of this stream. */
export function sharedReaders(shared: Shared, settings: KinesisReadSettings): StreamReaders {
  const { connection, streamName, limits } = settings;
  const key = JSON.stringify([connection.region, connection.endpoint, streamName, limits]);
  return shared.get(`kinesis readers ${key}`, () => {
    const client = sharedKinesisClient(shared, connection);
    onClock(client, tellClock("Kinesis", settings.allowedDisorderMs, log));
    return new StreamReaders(streamApi(client, connection, streamName), limits);
  });
}
