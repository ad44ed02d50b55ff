/**
 * A token bucket. The balance may go below zero, because the size of an answer is known only afterwards; the next call
 * then waits until the debt is paid.
 */
export class Pace {
  private balance: number;
  private updatedMs: number;

  /** `burst` bounds the tokens that may be taken at once after a pause. */
  constructor(
    private readonly perS: number,
    private readonly burst: number,
    nowMs: number,
  ) {
    this.balance = burst;
    this.updatedMs = nowMs;
  }

  /** Time until `needed` tokens are there. */
  waitMs(needed: number, nowMs: number): number {
    this.refill(nowMs);
    return this.balance >= needed ? 0 : Math.ceil(((needed - this.balance) * 1000) / this.perS);
  }

  take(tokens: number, nowMs: number): void {
    this.refill(nowMs);
    this.balance -= tokens;
  }

  private refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.updatedMs);
    this.balance = Math.min(this.burst, this.balance + (elapsedMs * this.perS) / 1000);
    this.updatedMs = Math.max(this.updatedMs, nowMs);
  }
}
