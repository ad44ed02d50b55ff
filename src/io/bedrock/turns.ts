/**
 * Begins work that is not urgent one piece per turn of the event loop, in order, so that network input is handled
 * before the next piece.
 */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  /** Resolves in a turn of the caller's own. */
  next(): Promise<void> {
    this.last = this.last.then(nextTurn);
    return this.last;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
