/**
 * Lets at most `limit` through at once, in the order of asking. Callbacks instead of promises: whoever is let in when
 * another leaves starts in that very moment, not some ticks later.
 */
export class Gate {
  private inside = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(readonly limit: number) {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`At least one call must be allowed, not ${limit}.`);
  }

  /** Calls `onEntered` at once or as soon as there is room; it must call `leave` in the end. */
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
