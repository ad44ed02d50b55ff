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
import type { StreamApi, StreamRecord } from "./api";
import { iteratorRequest } from "./iterators";
import { log } from "./keep-trying";
import type { Shard } from "./lineage";
import type { KinesisConnection } from "./settings";

/** An answer begins within seconds; a dead one must not be waited for much longer. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Time for a whole answer: 10 MB over a slow line that other shards use, too, takes a minute. */
const ANSWER_TIMEOUT_MS = 120_000;
/** Names that AWS gives its endpoints, those in a network of one's own included. */
const OF_AWS = /\.(amazonaws\.(com(\.cn)?|eu)|api\.aws|amazonwebservices\.(com\.cn|eu))$/;
/** One per shard being read, and the rare others; above it, requests wait for a socket. */
const MAX_SOCKETS = 256;
/** Time for an emulator to answer AT_TIMESTAMP: kinesalite never answers when the shard has no such record. */
const EMULATOR_TIMESTAMP_TIMEOUT_MS = 1_000;

type Limit = { readonly abortSignal: AbortSignal };

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

/** The stream, through the AWS SDK. Rejects with a TimeoutError when an answer is not there, whole, in time. */
export function streamApi(
  client: KinesisClient,
  connection: KinesisConnection,
  streamName: string,
  timeoutMs = ANSWER_TIMEOUT_MS,
): StreamApi {
  const isEmulated = !isOfAws(connection.endpoint);
  return {
    streamName,

    async listShards(fromMs) {
      const filter: NonNullable<ListShardsCommandInput["ShardFilter"]> =
        fromMs === undefined ? { Type: "FROM_TRIM_HORIZON" } : { Type: "FROM_TIMESTAMP", Timestamp: new Date(fromMs) };
      const shards: Shard[] = [];
      let token: string | undefined;
      do {
        const command = new ListShardsCommand(
          token === undefined ? { StreamName: streamName, ShardFilter: filter } : { NextToken: token },
        );
        const answer = await within(timeoutMs, (limit) => client.send(command, limit));
        for (const shard of answer.Shards ?? []) shards.push(toShard(shard));
        token = answer.NextToken;
      } while (token !== undefined);
      return shards;
    },

    async getIterator(shardId, position) {
      const request = { StreamName: streamName, ShardId: shardId };
      const command = new GetShardIteratorCommand({ ...request, ...iteratorRequest(position) });
      const iterator = async (asked: GetShardIteratorCommand, limitMs = timeoutMs): Promise<string> =>
        (await within(limitMs, (limit) => client.send(asked, limit))).ShardIterator!;
      if (!isEmulated || position.kind !== "timestamp") return iterator(command);
      try {
        return await iterator(command, EMULATOR_TIMESTAMP_TIMEOUT_MS);
      } catch (error) {
        if (!(error instanceof LateAnswer)) throw error;
        log.info(
          { streamName, shardId },
          "The endpoint does not answer about a start time: all is read from the horizon",
        );
        // The reader skips records from before the start, so this gives the same records after more reading.
        return iterator(new GetShardIteratorCommand({ ...request, ...iteratorRequest({ kind: "horizon" }) }));
      }
    },

    async getRecords(iterator, limit) {
      const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: limit });
      const answer = await within(timeoutMs, (options) => client.send(command, options));
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

/** True for an endpoint that AWS has named, and for none of one's own. */
export function isOfAws(endpoint: string | undefined): boolean {
  return endpoint === undefined || (URL.canParse(endpoint) && OF_AWS.test(new URL(endpoint).hostname));
}

class LateAnswer extends Error {
  override readonly name = "TimeoutError";
}

/** Limits the whole call: the handler's own limit ends with the answer's headers. */
async function within<T>(limitMs: number, call: (limit: Limit) => Promise<T>): Promise<T> {
  const abortSignal = AbortSignal.timeout(limitMs);
  try {
    return await call({ abortSignal });
  } catch (error) {
    throw abortSignal.aborted ? new LateAnswer("no answer in time", { cause: error }) : error;
  }
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
