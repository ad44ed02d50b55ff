/** Looks into the shards of a stream: one record, and the last answer of a shard that is closed. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type KinesisClient,
  type Shard,
  type ShardIteratorType,
} from "@aws-sdk/client-kinesis";
import type { SourceRecord } from "../../chat/model";
import { callAtStart } from "../../io/kinesis/check";
import { UserRecords } from "../../io/kinesis/deaggregate";
import type { KinesisReadSettings } from "../../io/kinesis/settings";
import type { Facts, Seen } from "./finding";

/** Shards that are asked for a record, the newest last. */
const MAX_SHARDS = 10;
/** Answers without a record that are passed by in one shard: Kinesis gives some while it searches on. */
const MAX_EMPTY_ANSWERS = 25;
/** All readers of a shard share five calls a second. */
const PAUSE_MS = 400;

export class ShardSample {
  constructor(
    private readonly client: KinesisClient,
    private readonly target: Pick<KinesisReadSettings, "connection" | "streamName">,
  ) {}

  /** Reads until there is a record, and keeps nothing of it. */
  async readOne(shards: readonly string[], outcome: (record: SourceRecord) => Seen): Promise<Seen> {
    let facts: Facts = {};
    for (const shardId of shards.slice(-MAX_SHARDS)) {
      let iterator = await this.iterator(shardId, "TRIM_HORIZON");
      for (let answers = 0; iterator !== undefined && answers < MAX_EMPTY_ANSWERS; answers++) {
        if (answers > 0) await sleep(PAUSE_MS);
        const answer = await this.records(iterator);
        facts = shapeOf(answer);
        const [record] = answer.Records ?? [];
        if (record !== undefined) {
          const arrivalMs = record.ApproximateArrivalTimestamp?.getTime() ?? Date.now();
          const sequenceNumber = record.SequenceNumber!;
          const { Data: data, PartitionKey: partitionKey } = record;
          const users = new UserRecords({ sequenceNumber, arrivalMs, data: data!, partitionKey: partitionKey! });
          const position = { shardId, sequenceNumber, subSequenceNumber: 0 };
          const seen = outcome({ position, arrivalMs, data: users.isOverfull ? data! : users.at(0) });
          return { ...seen, facts: { ...facts, aggregated: users.isAggregate, ...seen.facts } };
        }
        iterator = answer.MillisBehindLatest === 0 ? undefined : answer.NextShardIterator;
      }
    }
    return { found: "no record: nothing has been sent yet, or not for as long as records are kept", facts };
  }

  /** Reads the last answer of a closed shard, by which the job learns of its children. */
  async readEnd(closed: Shard): Promise<Seen> {
    let iterator = await this.iterator(closed.ShardId!, "LATEST");
    let answers = 0;
    let facts: Facts = {};
    for (; iterator !== undefined && answers < MAX_EMPTY_ANSWERS; answers++) {
      if (answers > 0) await sleep(PAUSE_MS);
      const answer: GetRecordsCommandOutput = await this.records(iterator);
      facts = shapeOf(answer);
      iterator = answer.NextShardIterator;
    }
    if (iterator !== undefined) {
      const cure = "Report it: the job would wait for the end of this shard, and not read its children.";
      return { found: `no end after ${answers} answers`, facts, cure };
    }
    const children = facts["ChildShards"] === "absent" ? "without ChildShards, so they are listed" : "with ChildShards";
    return { found: `an end ${children}`, facts };
  }

  private async iterator(ShardId: string, ShardIteratorType: ShardIteratorType): Promise<string | undefined> {
    const command = new GetShardIteratorCommand({ StreamName: this.target.streamName, ShardId, ShardIteratorType });
    return (await callAtStart(this.target, "GetShardIterator", () => this.client.send(command))).ShardIterator;
  }

  private records(ShardIterator: string): Promise<GetRecordsCommandOutput> {
    return callAtStart(this.target, "GetRecords", () =>
      this.client.send(new GetRecordsCommand({ ShardIterator, Limit: 1 })),
    );
  }
}

function shapeOf({ MillisBehindLatest, ChildShards, NextShardIterator }: GetRecordsCommandOutput): Facts {
  const presence = (value: unknown): string => (value === undefined || value === null ? "absent" : "present");
  return {
    MillisBehindLatest: typeof MillisBehindLatest,
    NextShardIterator: presence(NextShardIterator),
    ChildShards: presence(ChildShards),
  };
}
