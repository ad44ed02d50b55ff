/**
 * Tracks one lane.
 *
 * 1. The restriction stands right behind the last claimed record; a claim that is refused changes nothing.
 * 2. A split gives away everything unclaimed; what stays refuses every further claim. A lane is never read by two at
 *    once, because its units share one watermark.
 */
import type { RestrictionTracker } from "../../beam";
import { type LaneRestriction, UNOPENED } from "./restriction";

export type LaneClaim =
  /** Records, up to where the next one begins. */
  | { readonly kind: "records"; readonly offset: number; readonly line: number }
  /** The unit has been read to its end. */
  | { readonly kind: "ended" };

export class LaneTracker implements RestrictionTracker<LaneRestriction, LaneClaim> {
  constructor(
    private restriction: LaneRestriction,
    private readonly unitCount: number,
  ) {}

  currentRestriction(): LaneRestriction {
    return this.restriction;
  }

  tryClaim(claim: LaneClaim): boolean {
    const { unit, isGiven } = this.restriction;
    if (isGiven || unit >= this.unitCount) return false;
    this.restriction =
      claim.kind === "ended"
        ? { unit: unit + 1, offset: UNOPENED, line: 0, isGiven }
        : { unit, offset: claim.offset, line: claim.line, isGiven };
    return true;
  }

  /** Treats any fraction as a checkpoint. */
  trySplit(_fractionOfRemainder: number): { primary: LaneRestriction; residual: LaneRestriction } | undefined {
    const residual = this.restriction;
    if (residual.isGiven || residual.unit >= this.unitCount) return undefined;
    this.restriction = { ...residual, isGiven: true };
    return { primary: this.restriction, residual };
  }

  checkDone(): void {
    const { unit, isGiven } = this.restriction;
    if (isGiven || unit >= this.unitCount) return;
    throw new Error(`${this.unitCount - unit} parts of files were not read to their end: data would be lost.`);
  }
}
