/** An iterator of Kinesis is dead after five minutes, and no runner waits for so long before it resumes. */
const MAX_PARKED_MS = 5 * 60_000;

/**
 * Readings that outlive bundles in one process of a run, by what they read: parked at a bundle's end, and taken by the
 * next one.
 */
export class Parked<Key, Reading> {
  private readonly entries = new Map<Key, { readonly reading: Reading; readonly sinceMs: number }>();

  constructor(private readonly now: () => number) {}

  park(key: Key, reading: Reading): void {
    this.entries.set(key, { reading, sinceMs: this.now() });
  }

  take(key: Key): Reading | undefined {
    const entry = this.entries.get(key);
    this.entries.delete(key);
    return entry?.reading;
  }

  /** Takes those that no bundle has taken for so long that they are read elsewhere. */
  *takeOld(maxParkedMs = MAX_PARKED_MS): Generator<Reading> {
    for (const [key, { reading, sinceMs }] of this.entries) {
      if (this.now() - sinceMs <= maxParkedMs) continue;
      this.entries.delete(key);
      yield reading;
    }
  }

  *readings(): Generator<Reading> {
    for (const { reading } of this.entries.values()) yield reading;
  }

  *takeAll(): Generator<Reading> {
    yield* this.takeOld(Number.NEGATIVE_INFINITY);
  }
}
