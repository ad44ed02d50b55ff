import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  type ListShardsCommandInput,
  type Shard as SdkShard,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Shared } from "../../beam";
import { clientSettings, connectionSettings } from "../aws/client-settings";
import { failureOf } from "../aws/failure";
import type { StreamApi, StreamRecord } from "./api";
import { iteratorRequest } from "./iterators";
import type { Shard } from "./lineage";
import type { KinesisConnection } from "./settings";

/** An answer of 10 MB over a slow line takes seconds; a dead one must not be waited for much longer. */
const REQUEST_TIMEOUT_MS = 30_000;
/** One per shard being read, and the rare others; above it, requests wait for a socket. */
const MAX_SOCKETS = 256;
/** Time for an emulator to answer AT_TIMESTAMP: kinesalite never answers when the shard has no such record. */
const EMULATOR_TIMESTAMP_TIMEOUT_MS = 1_000;

/**
 * A client for this connection, which the caller must destroy. HTTP/1.1 everywhere: emulators speak nothing else, and a
 * shard's few requests a second gain nothing from HTTP/2.
 */
export function kinesisClient(connection: KinesisConnection): KinesisClient {
  return new KinesisClient({
    ...clientSettings(connection),
    requestHandler: new NodeHttpHandler({
      ...connectionSettings(MAX_SOCKETS),
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    }),
  });
}

/** The run's client for this connection, whose sockets bundles share. */
export function sharedKinesisClient(shared: Shared, connection: KinesisConnection): KinesisClient {
  return shared.get(
    `kinesis client ${JSON.stringify([connection.region, connection.endpoint])}`,
    () => kinesisClient(connection),
    (client) => client.destroy(),
  );
}

/** The stream, through the AWS SDK. */
export function streamApi(client: KinesisClient, connection: KinesisConnection, streamName: string): StreamApi {
  const emulated = connection.endpoint !== undefined;
  return {
    streamName,

    async listShards(fromMs) {
      const filter: NonNullable<ListShardsCommandInput["ShardFilter"]> =
        fromMs === undefined ? { Type: "FROM_TRIM_HORIZON" } : { Type: "FROM_TIMESTAMP", Timestamp: new Date(fromMs) };
      const shards: Shard[] = [];
      let token: string | undefined;
      do {
        const answer = await client.send(
          new ListShardsCommand(
            token === undefined ? { StreamName: streamName, ShardFilter: filter } : { NextToken: token },
          ),
        );
        for (const shard of answer.Shards ?? []) shards.push(toShard(shard));
        token = answer.NextToken;
      } while (token !== undefined);
      return shards;
    },

    async getIterator(shardId, position) {
      const request = { StreamName: streamName, ShardId: shardId };
      const command = new GetShardIteratorCommand({ ...request, ...iteratorRequest(position) });
      if (!emulated || position.kind !== "timestamp") return (await client.send(command)).ShardIterator!;
      try {
        return (await client.send(command, { requestTimeout: EMULATOR_TIMESTAMP_TIMEOUT_MS })).ShardIterator!;
      } catch (error) {
        if (failureOf(error).name !== "TimeoutError") throw error;
        // The reader skips records from before the start, so this gives the same records after more reading.
        const fromHorizon = new GetShardIteratorCommand({ ...request, ...iteratorRequest({ kind: "horizon" }) });
        return (await client.send(fromHorizon)).ShardIterator!;
      }
    },

    async getRecords(iterator, limit) {
      const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: limit }));
      const records: StreamRecord[] = (answer.Records ?? []).map((record) => ({
        sequenceNumber: record.SequenceNumber!,
        arrivalMs: record.ApproximateArrivalTimestamp?.getTime() ?? Date.now(),
        data: record.Data!,
        partitionKey: record.PartitionKey!,
      }));
      return {
        records,
        ...(answer.NextShardIterator === undefined ? {} : { nextIterator: answer.NextShardIterator }),
        millisBehindLatest: answer.MillisBehindLatest ?? 0,
        childShards: (answer.ChildShards ?? []).flatMap(({ ShardId, ParentShards = [] }) =>
          childShard(ShardId, ParentShards),
        ),
      };
    },
  };
}

function toShard({ ShardId, ParentShardId, AdjacentParentShardId }: SdkShard): Shard {
  return {
    shardId: ShardId!,
    ...(ParentShardId === undefined ? {} : { parentShardId: ParentShardId }),
    ...(AdjacentParentShardId === undefined ? {} : { adjacentParentShardId: AdjacentParentShardId }),
  };
}

/**
 * Accepts a split's children only. `ChildShard.ParentShards` names the parents without saying which of two is the
 * primary one, and that one decides the lineage.
 */
function childShard(shardId: string | undefined, parents: readonly string[]): Shard[] {
  return shardId !== undefined && parents.length === 1 ? [{ shardId, parentShardId: parents[0]! }] : [];
}
