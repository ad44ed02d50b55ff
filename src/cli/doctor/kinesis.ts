import { DescribeStreamCommand, type KinesisClient, ListShardsCommand, type Shard } from "@aws-sdk/client-kinesis";
import { watchClock } from "../../io/aws/clock";
import { callAtStart } from "../../io/kinesis/check";
import { kinesisClient } from "../../io/kinesis/client";
import type { KinesisReadSettings } from "../../io/kinesis/settings";
import type { PipelineSettings } from "../../pipeline";
import { examineClock } from "./clock";
import { examine, type Finding, type Seen, skipped } from "./finding";
import { outcomeOf } from "./record";
import { ShardSample } from "./shard-sample";

/** Looks at the stream as the job does; reads one record and keeps nothing of it. */
export async function examineKinesis({ kinesis, messages }: PipelineSettings): Promise<readonly Finding[]> {
  const client = kinesisClient(kinesis.connection);
  const aheadMs = watchClock(client);
  const stream = new Stream(client, kinesis);
  const sample = new ShardSample(client, kinesis);
  try {
    const described = await examine({ name: "kinesis:DescribeStream", expected: "an active stream" }, () =>
      stream.describe(),
    );
    const shards: Shard[] = [];
    const listed = await examine({ name: "kinesis:ListShards", expected: "shards" }, () => stream.list(shards));
    const ids = shards.flatMap(({ ShardId }) => ShardId ?? []);
    const look = { name: "kinesis:GetRecords", expected: "a message that the job can read" };
    const read =
      ids.length === 0
        ? skipped(look, "no shard to read")
        : await examine(look, () => sample.readOne(ids, (record) => outcomeOf(record, messages)));
    const closed = shards.find(({ SequenceNumberRange: range }) => range?.EndingSequenceNumber !== undefined);
    const endLook = { name: "kinesis: end of a closed shard", expected: "an end, and the children" };
    const end =
      closed === undefined || read.verdict === "wrong"
        ? skipped(endLook, closed === undefined ? "no shard is closed" : "what it builds on is wrong")
        : await examine(endLook, () => sample.readEnd(closed));
    const clock = await examineClock("Kinesis", aheadMs(), kinesis.allowedDisorderMs);
    return [described, listed, read, end, clock];
  } finally {
    client.destroy();
  }
}

class Stream {
  constructor(
    private readonly client: KinesisClient,
    private readonly target: KinesisReadSettings,
  ) {}

  async describe(): Promise<Seen> {
    const { streamName } = this.target;
    const { StreamDescription: stream } = await callAtStart(this.target, "DescribeStream", () =>
      this.client.send(new DescribeStreamCommand({ StreamName: streamName, Limit: 1 })),
    );
    const status = stream?.StreamStatus ?? "of no status";
    const facts = {
      status,
      retentionHours: stream?.RetentionPeriodHours ?? 0,
      mode: stream?.StreamModeDetails?.StreamMode ?? "none",
      encryption: stream?.EncryptionType ?? "none",
    };
    const found = `${status}, records kept for ${facts.retentionHours} h`;
    if (status === "ACTIVE" || status === "UPDATING") return { found, facts };
    return { found, facts, cure: `Wait until the stream "${streamName}" is active.` };
  }

  async list(shards: Shard[]): Promise<Seen> {
    const { Shards = [] } = await callAtStart(this.target, "ListShards", () =>
      this.client.send(
        new ListShardsCommand({ StreamName: this.target.streamName, ShardFilter: { Type: "FROM_TRIM_HORIZON" } }),
      ),
    );
    shards.push(...Shards);
    const facts = {
      shards: Shards.length,
      closed: Shards.filter(({ SequenceNumberRange: range }) => range?.EndingSequenceNumber !== undefined).length,
      withParents: Shards.some(({ ParentShardId }) => ParentShardId !== undefined),
    };
    return { found: `${Shards.length} shards that hold records`, facts };
  }
}
