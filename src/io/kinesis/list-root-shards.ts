import {
  type AsyncDoFn,
  type AsyncElement,
  asyncParDo,
  compactCoder,
  evenSalt,
  registerForSerialization,
} from "../../beam";
import { streamApi } from "./client";
import { keepTrying } from "./keep-trying";
import { rootsOf } from "./lineage";
import { type KinesisReadSettings, startTimeMs } from "./settings";

/** The element whose restriction reads one lineage of shards. */
export interface LineageRoot {
  readonly streamName: string;
  readonly rootShardId: string;
  /** Means nothing: see `evenSalt`. */
  readonly salt: number;
}

export const lineageRootCoder = compactCoder<LineageRoot>("beam-chat-sessions:coder:kinesis_lineage_root", 1, {
  write({ streamName, rootShardId, salt }, writer) {
    writer.string(streamName);
    writer.string(rootShardId);
    writer.uint32(salt);
  },
  read: (reader) => ({ streamName: reader.string(), rootShardId: reader.string(), salt: reader.uint32() }),
});

/** Spread evenly over the tasks that will read them. */
export function lineageRoots(streamName: string, rootShardIds: readonly string[]): readonly LineageRoot[] {
  return rootShardIds.map((rootShardId, index) => {
    const withSalt = (salt: number): LineageRoot => ({ streamName, rootShardId, salt });
    return withSalt(evenSalt(index, rootShardIds.length, lineageRootCoder, withSalt));
  });
}

type Roots = { roots: LineageRoot };

/**
 * An impulse → one element per lineage that is there at the start, at the impulse's own timestamp, the beginning of
 * time, which holds the watermark until its reader does. Every later shard descends from one of them.
 */
class ListRootShards implements AsyncDoFn<Uint8Array, Roots> {
  readonly pool = "kinesis-list-shards";
  readonly maxConcurrentCalls = 1;

  constructor(private readonly settings: KinesisReadSettings) {}

  async process(elements: readonly AsyncElement<Uint8Array, Roots>[]): Promise<void> {
    const { connection, streamName, start, maxRetryDurationMs } = this.settings;
    const api = streamApi(connection, streamName);
    const list = () => api.listShards(startTimeMs(start));
    const listing = await keepTrying({ operation: "ListShards", streamName }, list, maxRetryDurationMs);
    const roots = lineageRoots(
      streamName,
      rootsOf(listing).map(({ shardId }) => shardId),
    );
    for (const { emit } of elements) {
      for (const root of roots) await emit("roots", root);
    }
  }
}

export function listRootShards(settings: KinesisReadSettings) {
  return asyncParDo("listRootShards", new ListRootShards(settings), { roots: lineageRootCoder });
}

registerForSerialization("io/kinesis/list-root-shards", { ListRootShards });
