/**
 * One shard of a lineage while a bundle reads it: takes answers from the poller, claims, emits.
 *
 * 1. A user record is emitted right after its claim, and nothing else is.
 * 2. The position of the poller moves with the claims, so a parked poller stands where the restriction stands.
 * 3. A record is late by the watermark that was last reported, which moves between turns only.
 */
import type { RestrictionTracker, SplittableContext } from "../../beam";
import type { SourceRecord } from "../../chat/model";
import { afterRecordMs } from "../event-time";
import { emitAllParsed, noParsedCounts, PARSED_COUNTS, type ParsedOutputs, recordLetter } from "../parsed-outputs";
import type { StreamRecord } from "./api";
import type { UserRecords } from "./deaggregate";
import { type Answer, reachesTip, type ShardPoller } from "./poller";
import type { RecordParser } from "../parser";
import type { LineageRestriction, ShardPosition } from "./restriction";
import type { KinesisReadSettings } from "./settings";
import type { LineageClaim } from "./tracker";
import { whenIdleMs } from "./watermark";

export type ReadOutputs = ParsedOutputs;

/** Records taken in one turn, so that a lineage's shards take turns and a turn stays short. */
const MAX_RECORDS_PER_TURN = 1_000;

export interface LineageReading {
  readonly settings: KinesisReadSettings;
  readonly parser: RecordParser;
  readonly untilMs: number | undefined;
  readonly tracker: RestrictionTracker<LineageRestriction, LineageClaim>;
  readonly context: SplittableContext<ReadOutputs>;
  readonly counts: ReadCounts;
}

export const COUNTED = [...PARSED_COUNTS, "aggregatedRecords", "expiredShards"] as const;
/** Counts of a turn, handed to the metrics at once. */
export type ReadCounts = Record<(typeof COUNTED)[number], number>;

export function noCounts(): ReadCounts {
  return { ...noParsedCounts(), aggregatedRecords: 0, expiredShards: 0 };
}

/** The result of a turn: records were taken, nothing was there, the shard has ended, or a claim was refused. */
export type Turn = "took" | "nothing" | "ended" | "refused";

export class ShardReading {
  lastArrivalMs: number | undefined;

  constructor(
    private readonly lineage: LineageReading,
    readonly poller: ShardPoller,
    private ownWatermarkMs: number,
  ) {}

  /** By what was claimed; MIN_TIMESTAMP_MS before the first record. */
  get watermarkMs(): number {
    return this.ownWatermarkMs;
  }

  async turn(): Promise<Turn> {
    const answer = this.poller.answer();
    if (answer === undefined) return this.close();
    const taken = await this.takeRecords(answer);
    if (taken !== "took" || answer.next < answer.records.length) return taken;
    this.poller.done();
    return reachesTip(answer) ? this.atTip(answer) : "took";
  }

  private async takeRecords(answer: Answer): Promise<Turn> {
    const reportedMs = this.lineage.context.watermark.currentMs;
    let left = MAX_RECORDS_PER_TURN;
    while (answer.next < answer.records.length && left > 0) {
      const record = answer.records[answer.next]!;
      if (this.isBeforeStart(record)) {
        answer.next++;
        continue;
      }
      if (this.lineage.untilMs !== undefined && record.arrivalMs > this.lineage.untilMs) return this.reachUntil();
      const users = this.poller.usersOf(record);
      // An overfull aggregate goes into one letter whole, even when an earlier version has taken some of it.
      const first = users.isOverfull ? 0 : this.firstOpenIn(record);
      for (let index = first; index < users.count; index++, left--) {
        if (left === 0) return "took";
        const taken = users.isOverfull ? this.refuse(record) : this.takeUser(users, index, reportedMs);
        if (taken === false) return "refused";
        if (taken !== undefined) await taken;
      }
      answer.next++;
    }
    return "took";
  }

  /** Claims and emits one user record; false when the claim was refused. */
  private takeUser(users: UserRecords, index: number, reportedMs: number): false | void | Promise<void> {
    const { settings, parser, context, counts } = this.lineage;
    const { arrivalMs } = users.record;
    const record = this.userRecord(users.record, index, users.at(index));
    const parsed = parser.parse(record);
    let { watermarkMs } = this;
    for (const { eventMs } of parsed) {
      if (eventMs !== undefined) watermarkMs = afterRecordMs(watermarkMs, eventMs, arrivalMs, settings);
    }
    if (!this.claim(users.record, positionBehind(users, index), watermarkMs)) return false;
    if (users.isAggregate && index === 0) counts.aggregatedRecords++;
    // Only records with event times keep a shard from being idle, because the others do not tell how far it is.
    if (parsed.some(({ eventMs }) => eventMs !== undefined)) this.poller.tipSinceMs = undefined;
    return emitAllParsed(parsed, { context, counts, settings, reportedMs });
  }

  /** Claims an overfull aggregate whole and makes one dead letter of it; false when the claim was refused. */
  private refuse(record: StreamRecord): false | void | Promise<void> {
    const { sequenceNumber, arrivalMs, data } = record;
    if (!this.claim(record, { kind: "after", sequenceNumber }, this.watermarkMs)) return false;
    const { counts } = this.lineage;
    counts.read++;
    counts.aggregatedRecords++;
    counts.unreadable++;
    return this.lineage.context.emit(
      "deadLetters",
      recordLetter("OVERFULL", this.userRecord(record, 0, data)),
      arrivalMs,
    );
  }

  private claim({ arrivalMs }: StreamRecord, position: ShardPosition, watermarkMs: number): boolean {
    const { tracker } = this.lineage;
    if (!tracker.tryClaim({ kind: "record", shardId: this.poller.shardId, position, watermarkMs })) return false;
    this.poller.position = position;
    this.ownWatermarkMs = watermarkMs;
    this.lastArrivalMs = arrivalMs;
    return true;
  }

  private userRecord(
    { sequenceNumber, arrivalMs }: StreamRecord,
    subSequenceNumber: number,
    data: Uint8Array,
  ): SourceRecord {
    return { position: { shardId: this.poller.shardId, sequenceNumber, subSequenceNumber }, arrivalMs, data };
  }

  /** A start time is exact by arrival, however the service (or an emulator without AT_TIMESTAMP) found the position. */
  private isBeforeStart({ arrivalMs }: StreamRecord): boolean {
    const { position } = this.poller;
    return position.kind === "timestamp" && arrivalMs < position.atMs;
  }

  private firstOpenIn({ sequenceNumber }: StreamRecord): number {
    const { position } = this.poller;
    if (position.kind !== "within" || position.sequenceNumber !== sequenceNumber) return 0;
    return position.subSequenceNumber + 1;
  }

  /** A shard that brings only records without event time is as idle as an empty one. */
  private atTip({ pollMs, records }: Answer): Turn {
    const { settings, untilMs, tracker } = this.lineage;
    const last = records[records.length - 1];
    if (last === undefined && untilMs !== undefined && pollMs > untilMs) return this.reachUntil();
    if (last === undefined) this.lastArrivalMs = undefined;
    this.poller.tipSinceMs ??= pollMs;
    if (pollMs - this.poller.tipSinceMs < settings.idleTimeoutMs) return "took";
    // Some emulators never say that they are behind; but a shard's records come in the order of their arrival.
    const watermarkMs = whenIdleMs(this.watermarkMs, last?.arrivalMs ?? pollMs, settings);
    if (!tracker.tryClaim({ kind: "idle", shardId: this.poller.shardId, watermarkMs })) return "refused";
    this.ownWatermarkMs = watermarkMs;
    return "took";
  }

  private reachUntil(): Turn {
    return this.lineage.tracker.tryClaim({ kind: "until", shardId: this.poller.shardId }) ? "ended" : "refused";
  }

  private close(): Turn {
    const { children, shardId } = this.poller;
    if (children === undefined) return "nothing";
    if (!this.lineage.tracker.tryClaim({ kind: "closed", shardId, children })) return "refused";
    if (this.poller.isGone) this.lineage.counts.expiredShards++;
    return "ended";
  }
}

function positionBehind({ record: { sequenceNumber }, count }: UserRecords, index: number): ShardPosition {
  return index === count - 1
    ? { kind: "after", sequenceNumber }
    : { kind: "within", sequenceNumber, subSequenceNumber: index };
}
