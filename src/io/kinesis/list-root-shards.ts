import {
  asyncParDo,
  type AsyncDoFn,
  type AsyncElement,
  compactCoder,
  registerForSerialization,
} from "../../beam/authoring";
import { streamApi } from "./client";
import { keepTrying } from "./keep-trying";
import { rootsOf } from "./lineage";
import { type KinesisReadSettings, startTimeMs } from "./settings";

/** The element whose restriction reads one lineage of shards. */
export interface LineageRoot {
  readonly streamName: string;
  readonly rootShardId: string;
}

export const lineageRootCoder = compactCoder<LineageRoot>("beam-chat-sessions:coder:kinesis_lineage_root", 1, {
  write({ streamName, rootShardId }, writer) {
    writer.string(streamName);
    writer.string(rootShardId);
  },
  read: (reader) => ({ streamName: reader.string(), rootShardId: reader.string() }),
});

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
    for (const { emit } of elements) {
      for (const { shardId } of rootsOf(listing)) await emit("roots", { streamName, rootShardId: shardId });
    }
  }
}

export function listRootShards(settings: KinesisReadSettings) {
  return asyncParDo("listRootShards", new ListRootShards(settings), { roots: lineageRootCoder });
}

registerForSerialization("io/kinesis/list-root-shards", { ListRootShards });
