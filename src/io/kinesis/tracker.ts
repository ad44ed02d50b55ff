/**
 * Tracks one lineage.
 *
 * 1. A cursor stands right behind the last claimed user record of its shard; a claim that is refused changes nothing.
 * 2. A shard's end and the beginning of its children are one claim.
 * 3. `watermarkMs` is the minimum over the cursors as claimed: report it only once all that was claimed is emitted.
 * 4. A split gives away everything unclaimed; what stays is empty and refuses every further claim.
 */
import type { RestrictionTracker } from "../../beam";
import { childCursors } from "./lineage";
import type { LineageRestriction, ShardCursor, ShardPosition } from "./restriction";
import { lineageWatermarkMs } from "./watermark";

export type LineageClaim =
  /** One user record: the shard's position and watermark behind it. */
  | {
      readonly kind: "record";
      readonly shardId: string;
      readonly position: ShardPosition;
      readonly watermarkMs: number;
    }
  /** Only the shard's watermark moves, because there is nothing to read for a while. */
  | { readonly kind: "idle"; readonly shardId: string; readonly watermarkMs: number }
  /** All of the shard has been read; reading goes on with these children. */
  | { readonly kind: "closed"; readonly shardId: string; readonly children: readonly string[] }
  /** The shard has been read up to the restriction's `untilMs`. */
  | { readonly kind: "until"; readonly shardId: string };

export class LineageTracker implements RestrictionTracker<LineageRestriction, LineageClaim> {
  private readonly cursors: Map<string, ShardCursor>;
  private given = false;

  constructor(private readonly restriction: LineageRestriction) {
    this.cursors = new Map(restriction.cursors.map((cursor) => [cursor.shardId, cursor]));
  }

  currentRestriction(): LineageRestriction {
    return { ...this.restriction, cursors: this.given ? [] : [...this.cursors.values()] };
  }

  get untilMs(): number | undefined {
    return this.restriction.untilMs;
  }

  get watermarkMs(): number {
    return lineageWatermarkMs(this.cursors.values());
  }

  cursor(shardId: string): ShardCursor {
    const cursor = this.cursors.get(shardId);
    if (cursor === undefined) throw new Error(`Shard ${shardId} is not being read by this lineage.`);
    return cursor;
  }

  tryClaim(claim: LineageClaim): boolean {
    if (this.given) return false;
    const cursor = this.cursor(claim.shardId);
    const { shardId } = cursor;
    switch (claim.kind) {
      case "record":
        this.cursors.set(shardId, { shardId, position: claim.position, watermarkMs: claim.watermarkMs });
        return true;
      case "idle":
        this.cursors.set(shardId, { shardId, position: cursor.position, watermarkMs: claim.watermarkMs });
        return true;
      case "closed":
        this.cursors.delete(shardId);
        for (const child of childCursors(cursor, claim.children)) this.cursors.set(child.shardId, child);
        return true;
      case "until":
        this.cursors.delete(shardId);
        return true;
    }
  }

  /** Treats any fraction as a checkpoint: the shards of a lineage share one watermark, so they stay together. */
  trySplit(_fractionOfRemainder: number): { primary: LineageRestriction; residual: LineageRestriction } | undefined {
    if (this.given || this.cursors.size === 0) return undefined;
    const residual = this.currentRestriction();
    this.given = true;
    return { primary: this.currentRestriction(), residual };
  }

  checkDone(): void {
    if (this.given || this.cursors.size === 0) return;
    throw new Error(`Shards ${[...this.cursors.keys()].join(", ")} were not read to their end: data would be lost.`);
  }
}
