/**
 * Tracks one partition.
 *
 * 1. The restriction stands right behind the last claimed record; a claim that is refused changes nothing.
 * 2. A checkpoint gives away everything unclaimed; what stays refuses every further claim. A partition is never read by
 *    two at once, because its splits share one watermark.
 */
import type { RestrictionTracker } from "../../beam";
import { type PartitionRestriction, UNOPENED } from "./restriction";

export type PartitionClaim =
  /** Records, up to where the next one begins. */
  | { readonly kind: "records"; readonly offset: number; readonly line: number }
  /** The split has been read to its end. */
  | { readonly kind: "ended" };

export class PartitionTracker implements RestrictionTracker<PartitionRestriction, PartitionClaim> {
  constructor(
    private restriction: PartitionRestriction,
    private readonly splitCount: number,
  ) {}

  currentRestriction(): PartitionRestriction {
    return this.restriction;
  }

  tryClaim(claim: PartitionClaim): boolean {
    const { split, isGiven } = this.restriction;
    if (isGiven || split >= this.splitCount) return false;
    this.restriction =
      claim.kind === "ended"
        ? { split: split + 1, offset: UNOPENED, line: 0, isGiven }
        : { split, offset: claim.offset, line: claim.line, isGiven };
    return true;
  }

  /** Treats any fraction as a checkpoint. */
  trySplit(
    _fractionOfRemainder: number,
  ): { primary: PartitionRestriction; residual: PartitionRestriction } | undefined {
    const residual = this.restriction;
    if (residual.isGiven || residual.split >= this.splitCount) return undefined;
    this.restriction = { ...residual, isGiven: true };
    return { primary: this.restriction, residual };
  }

  checkDone(): void {
    const { split, isGiven } = this.restriction;
    if (isGiven || split >= this.splitCount) return;
    throw new Error(`${this.splitCount - split} parts of files were not read to their end: data would be lost.`);
  }
}
