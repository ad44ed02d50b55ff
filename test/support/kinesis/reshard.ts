/** Changes of a stream's shards, as its owner makes them. Each resolves when the stream is active again. */
import { ListShardsCommand, MergeShardsCommand, type Shard, SplitShardCommand } from "@aws-sdk/client-kinesis";
import type { TestKinesis } from "./server";

/** kinesalite creates a reshard's children this far ahead of the clock; their records arrive then at the earliest. */
export const CHILDREN_AHEAD_MS = 1_000;

/** Shards that still take records, in the order of the key space. */
export async function openShards({ client }: TestKinesis, stream: string): Promise<readonly Shard[]> {
  const { Shards } = await client.send(new ListShardsCommand({ StreamName: stream }));
  return (Shards ?? [])
    .filter(({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined)
    .sort((a, b) => (BigInt(a.HashKeyRange!.StartingHashKey!) < BigInt(b.HashKeyRange!.StartingHashKey!) ? -1 : 1));
}

/** Splits a shard in two halves, by default the first one of the key space. */
export async function splitShard(kinesis: TestKinesis, stream: string, shard?: Shard): Promise<void> {
  const parent = shard ?? (await openShards(kinesis, stream))[0]!;
  const { StartingHashKey, EndingHashKey } = parent.HashKeyRange!;
  const NewStartingHashKey = String((BigInt(StartingHashKey!) + BigInt(EndingHashKey!)) / 2n);
  await kinesis.client.send(
    new SplitShardCommand({ StreamName: stream, ShardToSplit: parent.ShardId, NewStartingHashKey }),
  );
  await kinesis.active(stream);
}

/** Merges two neighbours, by default the last two of the key space. */
export async function mergeShards(
  kinesis: TestKinesis,
  stream: string,
  neighbours?: readonly [Shard, Shard],
): Promise<void> {
  const [left, right] = neighbours ?? (await openShards(kinesis, stream)).slice(-2);
  const ids = { ShardToMerge: left.ShardId, AdjacentShardToMerge: right.ShardId };
  await kinesis.client.send(new MergeShardsCommand({ StreamName: stream, ...ids }));
  await kinesis.active(stream);
}
