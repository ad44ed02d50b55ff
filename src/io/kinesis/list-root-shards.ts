import { asyncDoFn, type AsyncElement, compactCoder, evenSalt } from "../../beam";
import { sharedKinesisClient, streamApi } from "./client";
import { keepTrying } from "./keep-trying";
import { rootsOf } from "./lineage";
import { type KinesisReadSettings, startTimeMs } from "./settings";

/** The element whose restriction reads one lineage of shards. */
export interface LineageRoot {
  readonly streamName: string;
  readonly rootShardId: string;
  /** Has no meaning of its own: see `evenSalt`. */
  readonly salt: number;
}

const lineageRootCoder = compactCoder<LineageRoot>("beam-chat-sessions:coder:kinesis_lineage_root", 1, {
  write({ streamName, rootShardId, salt }, writer) {
    writer.string(streamName);
    writer.string(rootShardId);
    writer.uint32(salt);
  },
  read: (reader) => ({ streamName: reader.string(), rootShardId: reader.string(), salt: reader.uint32() }),
});

/** Chooses salts that spread the lineages evenly over the tasks that will read them. */
function lineageRoots(streamName: string, rootShardIds: readonly string[]): readonly LineageRoot[] {
  return rootShardIds.map((rootShardId, index) => {
    const withSalt = (salt: number): LineageRoot => ({ streamName, rootShardId, salt });
    return withSalt(evenSalt(index, rootShardIds.length, lineageRootCoder, withSalt));
  });
}

/**
 * Turns an impulse into one element per lineage that exists at the start, at the impulse's own timestamp, the beginning
 * of time, which holds the watermark until its reader does. Every later shard descends from one of them.
 */
export const listRootShards = asyncDoFn("listRootShards", {
  outputs: { roots: lineageRootCoder },
  calls: { maxConcurrentCalls: 1 },
  open({ connection, streamName, start, maxRetryDurationMs }: KinesisReadSettings, { shared }) {
    const api = streamApi(sharedKinesisClient(shared, connection), connection, streamName);
    const list = () => api.listShards(startTimeMs(start));
    return {
      async process(elements: readonly AsyncElement<Uint8Array, { roots: LineageRoot }>[]) {
        const listing = await keepTrying({ operation: "ListShards", streamName }, list, maxRetryDurationMs);
        const roots = lineageRoots(
          streamName,
          rootsOf(listing).map(({ shardId }) => shardId),
        );
        for (const { emit } of elements) {
          for (const root of roots) await emit("roots", root);
        }
      },
    };
  },
});
