/**
 * Reads one shard from a position on, one request at a time. It outlives bundles and has one holder at a time.
 *
 * 1. At most one request is under way, one answer is being taken, and one is fetched ahead.
 * 2. `position` covers what has been claimed of the shard, so another poller could go on from there.
 * 3. Answers are taken in the shard's order. None is lost by a failed request: it is asked for again, from the same
 *    iterator, or from a new one right behind the last record fetched.
 * 4. Nothing happens by itself: `pump` starts the next request when it is due. No request is aborted; one that nobody
 *    waits for any more just ends.
 * 5. After a closed shard's last answer its children are looked for, until all are known. A shard that the retention
 *    took is closed, too, and its children go on for it. Where it took them as well, nothing tells which shards follow,
 *    and those go on that nobody is known to read.
 */
import { BeamError } from "../../beam/error";
import { backOffMs } from "../../beam/retry";
import { failureOf } from "../aws/failure";
import { kindOf } from "../aws/kind";
import type { RetryCauseOf } from "../retry-causes";
import { logFailures, logRecovery } from "../retry";
import type { RecordsAnswer, StreamApi, StreamRecord } from "./api";
import { type Clocks, CLOCKS } from "./clocks";
import { UserRecords } from "./deaggregate";
import { log, RENEWAL } from "./keep-trying";
import { childrenOf, rootsOf, type Shard } from "./lineage";
import type { ShardPosition } from "./restriction";
import { expired, listedInVain } from "./lost-shards";
import { decide, KINESIS_BACK_OFF, type KinesisCall } from "./retry";
import type { ShardPace } from "./shard-pace";

export interface Answer {
  readonly records: readonly StreamRecord[];
  /** Index of the first record that is not done. */
  next: number;
  /**
   * Start of its request: every record that had arrived by then and is not here or before comes with a later answer.
   */
  readonly pollMs: number;
  readonly millisBehindLatest: number;
  /** True for the shard's last answer. */
  readonly closed: boolean;
  readonly bytes: number;
}

/** True when nothing follows this answer yet: an empty answer of a shard that is behind does not reach the tip. */
export function reachesTip(answer: Answer): boolean {
  return answer.millisBehindLatest === 0 && !answer.closed;
}

/**
 * Listings in a row without the shard and without all of its children, or with a shard that reading does not find; one
 * or two may just be out of date.
 */
const MAX_OUT_OF_DATE = 10;

/** Pause after which a poller that found no room for its answer asks again. */
const WAIT_FOR_ROOM_MS = 100;

/** The fetching that a poller is allowed: also while an answer is being taken, only without one, or none. */
export type Fetching = "ahead" | "needed" | "none";

type Operation = KinesisCall["operation"];

export class ShardPoller {
  /**
   * Time since which the shard has been at its tip without bringing an event time; the idle time-out counts from here.
   */
  tipSinceMs: number | undefined;
  /** Failures since they were last counted. */
  readonly retries = new Map<RetryCauseOf<"source">, number>();
  /** The service's figure in the last answer. */
  millisBehindLatest = 0;
  private current: Answer | undefined;
  private ahead: Answer | undefined;
  private users: UserRecords | undefined;
  private iterator: string | undefined;
  private fetched: ShardPosition;
  private closed = false;
  private gone = false;
  private childShards: readonly Shard[] = [];
  private found: readonly string[] | undefined;
  private request: Promise<void> | undefined;
  private failures = 0;
  private forgottenInARow = 0;
  private listedInVain = 0;
  private lastBytes = 0;
  private notBeforeMs = 0;
  private fatal: Error | undefined;

  constructor(
    readonly shardId: string,
    public position: ShardPosition,
    private readonly api: StreamApi,
    private readonly pace: ShardPace,
    private readonly maxRecordsPerCall: number,
    private readonly clocks: Clocks = CLOCKS,
    /** Chooses the shards of a listing that go on for this one, whose children the retention took. */
    private readonly adopt: (listing: readonly Shard[]) => readonly string[] = (listing) =>
      rootsOf(listing).map(({ shardId }) => shardId),
  ) {
    this.fetched = position;
  }

  /** Starts the next request if it is due and allowed; asks what is allowed only then. */
  pump(allowed: () => Fetching): void {
    if (!this.wantsRequest() || this.dueInMs() > 0) return;
    if (!this.closed && !this.mayFetch(allowed())) return;
    this.request = this.attempt().finally(() => (this.request = undefined));
  }

  /** True while an answer is being taken. */
  get hasAnswer(): boolean {
    return this.current !== undefined;
  }

  /** Settles when the request under way does; undefined when there is none. Never rejects. */
  get underWay(): Promise<void> | undefined {
    return this.request;
  }

  /** Time until `pump` would start a request. */
  dueInMs(): number {
    const nowMs = this.clocks.steadyMs();
    const backOffMs = this.notBeforeMs - nowMs;
    if (this.closed) return Math.max(0, backOffMs);
    const iteratorMs = this.iterator === undefined ? this.pace.waitForIteratorMs(nowMs) : 0;
    return Math.max(0, backOffMs, iteratorMs, this.pace.waitForRecordsMs(nowMs));
  }

  /** The answer to take records from; the same one until `done`. Throws the fatal error that ended the polling. */
  answer(): Answer | undefined {
    if (this.current === undefined && this.ahead !== undefined) {
      this.current = this.ahead;
      this.ahead = undefined;
    }
    if (this.current === undefined && this.fatal !== undefined) throw this.fatal;
    return this.current;
  }

  /**
   * The user records of one of the answer's records. They are kept until another record's, as bundles may end within
   * them.
   */
  usersOf(record: StreamRecord): UserRecords {
    if (this.users?.record !== record) this.users = new UserRecords(record);
    return this.users;
  }

  /** Drops the current answer, all of whose records are done. */
  done(): void {
    this.current = undefined;
    this.users = undefined;
  }

  /** The successors of the closed shard, once all of its records are done and they are known. */
  get children(): readonly string[] | undefined {
    return this.current === undefined && this.ahead === undefined ? this.found : undefined;
  }

  /** Bytes of its answers; one that is under way counts as much as the one before. */
  get bufferedBytes(): number {
    const underWay = this.request === undefined || this.closed ? 0 : this.lastBytes;
    return (this.current?.bytes ?? 0) + (this.ahead?.bytes ?? 0) + underWay;
  }

  /** True when the retention has taken what the shard still held; its children are read all the same. */
  get isGone(): boolean {
    return this.gone;
  }

  private wantsRequest(): boolean {
    if (this.request !== undefined || this.fatal !== undefined) return false;
    return this.closed ? this.found === undefined : this.ahead === undefined;
  }

  private mayFetch(allowed: Fetching): boolean {
    if (this.hasAnswer) return allowed === "ahead";
    if (allowed === "none") this.notBeforeMs = this.clocks.steadyMs() + WAIT_FOR_ROOM_MS;
    return allowed !== "none";
  }

  private async attempt(): Promise<void> {
    let operation: Operation = "ListShards";
    try {
      if (this.closed) {
        await this.findChildren();
      } else {
        operation = "GetShardIterator";
        this.iterator ??= await this.newIterator();
        operation = "GetRecords";
        await this.fetch(this.iterator);
      }
      logRecovery(log, "Kinesis", this.failures, this.factsOf(operation));
      this.failures = 0;
    } catch (error) {
      this.failed(error, operation);
    }
  }

  private newIterator(): Promise<string> {
    this.pace.tookIterator(this.clocks.steadyMs());
    return this.api.getIterator(this.shardId, this.fetched);
  }

  private async fetch(iterator: string): Promise<void> {
    const [pollMs, startMs] = [this.clocks.wallMs(), this.clocks.steadyMs()];
    this.pace.tookCall(startMs);
    const answer = await this.api.getRecords(iterator, this.maxRecordsPerCall);
    const bytes = sizeBytes(answer);
    this.pace.tookBytes(bytes, this.clocks.steadyMs());
    this.lastBytes = bytes;
    const last = answer.records[answer.records.length - 1];
    if (last !== undefined) this.fetched = { kind: "after", sequenceNumber: last.sequenceNumber };
    this.iterator = answer.nextIterator;
    this.closed = answer.nextIterator === undefined;
    this.childShards = answer.childShards;
    const { records, millisBehindLatest } = answer;
    this.millisBehindLatest = millisBehindLatest;
    this.ahead = { records, next: 0, pollMs, millisBehindLatest, closed: this.closed, bytes };
    if (reachesTip(this.ahead)) this.notBeforeMs = startMs + this.pace.tipPauseMs;
  }

  private async findChildren(): Promise<void> {
    const given = childrenOf(this.shardId, this.childShards);
    const listing = given.kind === "known" ? [] : await this.api.listShards();
    const children = given.kind === "known" ? given : childrenOf(this.shardId, listing);
    const isListed = listing.some(({ shardId }) => shardId === this.shardId);
    if (!isListed) this.listedInVain = 0;
    else if (this.gone) throw this.stale();
    if (children.kind === "known") {
      if (this.gone)
        log.warn(this.factsOf("ListShards"), "The retention took what was left of a shard; its children follow");
      this.found = children.own;
      return;
    }
    // A closed shard is listed for as long as its records are kept; then some of its children may be gone as well.
    this.forgottenInARow = isListed ? 0 : this.forgottenInARow + 1;
    if (this.forgottenInARow >= MAX_OUT_OF_DATE) return this.skipTo(listing);
    throw new Error("The children of a closed shard are not visible yet.");
  }

  /** The error of a listing with a shard that the retention took. */
  private stale(): Error {
    this.listedInVain += 1;
    this.forgottenInARow = 0;
    if (this.listedInVain < MAX_OUT_OF_DATE) return new Error("A shard that is gone is still listed.");
    return listedInVain(this.shardId, this.api.streamName);
  }

  /** Goes on behind a gap: the retention took the shard's children, too. */
  private skipTo(listing: readonly Shard[]): void {
    if (listing.length === 0) throw expired(this.shardId, this.api.streamName);
    this.found = this.adopt(listing);
    this.gone = true;
    log.warn(
      { ...this.factsOf("ListShards"), shards: this.found.length },
      "The retention took a shard and its children; shards that nobody else of this process reads follow. Start the job anew, from a time, to read each shard once and in parallel",
    );
  }

  private failed(error: unknown, operation: Operation): void {
    if (error instanceof BeamError) {
      this.fatal = error;
      return;
    }
    if (operation !== "ListShards" && kindOf(failureOf(error)) === "notFound") {
      // The stream may be gone, or the shard alone: the listing tells.
      this.closed = true;
      this.gone = true;
      return;
    }
    const failures = ++this.failures;
    const decision = decide(error, { operation, streamName: this.api.streamName });
    switch (decision.kind) {
      case "fatal":
        this.fatal = decision.error;
        return;
      case "renewIterator":
        this.iterator = undefined;
        // A listing that goes over several pages begins again, after a pause.
        if (operation === "ListShards") this.notBeforeMs = this.clocks.steadyMs() + RENEWAL.capMs;
        return;
      case "retry": {
        logFailures(log, "Kinesis", failures, { ...this.factsOf(operation), why: failureOf(error).name });
        this.retries.set(decision.cause, (this.retries.get(decision.cause) ?? 0) + 1);
        const pauseMs = backOffMs(KINESIS_BACK_OFF, failures, Math.random);
        this.notBeforeMs = this.clocks.steadyMs() + Math.max(pauseMs, decision.retryAfterMs ?? 0);
      }
    }
  }

  private factsOf(operation: Operation): Readonly<Record<string, unknown>> {
    return { operation, streamName: this.api.streamName, shardId: this.shardId };
  }
}

function sizeBytes({ records }: RecordsAnswer): number {
  let bytes = 0;
  for (const { data, partitionKey } of records) bytes += data.length + partitionKey.length;
  return bytes;
}
