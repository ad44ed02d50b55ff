/**
 * Admits at most `limit` callers at once, in the order of their requests. It uses callbacks instead of promises, so
 * that the next caller starts at the very moment when another leaves, not some ticks later.
 */
export class Gate {
  private inside = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(readonly limit: number) {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`At least one call must be allowed, not ${limit}.`);
  }

  /** Calls `onEntered` at once, or as soon as there is room. A caller that has entered must call `leave` in the end. */
  enter(onEntered: () => void): void {
    if (this.inside < this.limit) {
      this.inside++;
      onEntered();
    } else {
      this.waiting.push(onEntered);
    }
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.inside--;
    else next();
  }
}
