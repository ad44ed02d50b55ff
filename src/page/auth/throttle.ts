/**
 * Slows down whoever guesses. Each key, such as a user's name, has some tries at once, and gets one back after each
 * interval.
 */

interface Tries {
  left: number;
  atMs: number;
}

interface ThrottleLimits {
  readonly maxTries: number;
  readonly refillMs: number;
  /** Keys that are remembered; the ones that tried longest ago are forgotten. */
  readonly maxKeys: number;
}

export class Throttle {
  private readonly tries = new Map<string, Tries>();

  constructor(private readonly limits: ThrottleLimits) {}

  /** Takes a try. Returns 0, or the milliseconds until there is one again. */
  take(key: string, nowMs: number): number {
    const { maxTries, refillMs, maxKeys } = this.limits;
    const { left: before, atMs } = this.tries.get(key) ?? { left: maxTries, atMs: nowMs };
    const left = Math.min(maxTries, before + Math.max(0, nowMs - atMs) / refillMs);
    const isFree = left >= 1;
    this.tries.delete(key);
    this.tries.set(key, { left: isFree ? left - 1 : left, atMs: nowMs });
    const [oldest] = this.tries.keys();
    if (this.tries.size > maxKeys && oldest !== undefined) this.tries.delete(oldest);
    return isFree ? 0 : Math.ceil((1 - left) * refillMs);
  }

  /** Gives a try back that was right. */
  giveBack(key: string): void {
    const tries = this.tries.get(key);
    if (tries !== undefined) tries.left = Math.min(this.limits.maxTries, tries.left + 1);
  }
}
