/**
 * Lineages decide which restriction reads a shard.
 *
 * A lineage is a root shard and all that descends from it by `ParentShardId`; one restriction reads it. A watermark
 * must never pass a child shard that nobody reads yet. Beam couples watermarks along edges only, so a discovery beside
 * the readers, on another worker, could not know when the reader of a child has taken over its parent's hold. Within
 * one restriction the children take their parent's place in the same claim, and the lineage's watermark covers them
 * from that instant.
 *
 * 1. Every shard has at most one `ParentShardId`, so the lineages of all roots are disjoint and cover all shards.
 * 2. A merge's child belongs to its primary parent's lineage; that of the adjacent parent just ends.
 * 3. A shard whose primary parent is not listed is a root: expired, or closed before the start.
 */
import type { ShardCursor, ShardPosition } from "./restriction";

export interface Shard {
  readonly shardId: string;
  readonly parentShardId?: string;
  readonly adjacentParentShardId?: string;
}

export function rootsOf(listing: readonly Shard[]): readonly Shard[] {
  const listed = new Set(listing.map(({ shardId }) => shardId));
  return listing.filter(({ parentShardId }) => parentShardId === undefined || !listed.has(parentShardId));
}

export type Children =
  /** The shard's successors in its own lineage; none when it was the adjacent parent of a merge. */
  | { readonly kind: "known"; readonly own: readonly string[] }
  /** Some successors are not visible yet. */
  | { readonly kind: "unknown" };

/**
 * Finds the successors of a closed shard in any list of shards. A closed shard always has some: two of a split, or one
 * of a merge. Fewer means that the service has not shown them all yet.
 */
export function childrenOf(shardId: string, shards: readonly Shard[]): Children {
  const ofMerge = shards.find(
    ({ parentShardId, adjacentParentShardId }) =>
      adjacentParentShardId !== undefined && (parentShardId === shardId || adjacentParentShardId === shardId),
  );
  if (ofMerge !== undefined) {
    return { kind: "known", own: ofMerge.parentShardId === shardId ? [ofMerge.shardId] : [] };
  }
  const ofSplit = new Set(
    shards.filter(({ parentShardId }) => parentShardId === shardId).map((shard) => shard.shardId),
  );
  return ofSplit.size >= 2 ? { kind: "known", own: [...ofSplit].sort() } : { kind: "unknown" };
}

/**
 * The position at which a child of this shard begins: its first record; or, when its parent began at a time and had no
 * record since, that same time. Both are exact. A parent with a record since that time closed later, so all of its
 * child arrived later. A parent with none may have closed before that time, and the child then begins with records from
 * before it.
 */
export function childPosition(parent: ShardPosition): ShardPosition {
  return parent.kind === "timestamp" ? parent : { kind: "horizon" };
}

/**
 * The cursors that take the place of a closed shard's: they inherit its watermark, as their records come after its own.
 */
export function childCursors(parent: ShardCursor, children: readonly string[]): readonly ShardCursor[] {
  const position = childPosition(parent.position);
  return children.map((shardId) => ({ shardId, position, watermarkMs: parent.watermarkMs }));
}
