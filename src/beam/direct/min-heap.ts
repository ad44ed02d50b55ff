/**
 * A binary min-heap of (time, item).
 *
 * 1. `peek` returns an item with the smallest time. Items of equal time come in any order.
 * 2. The caller who moves or drops an item's time leaves the old entry in place, and recognises it as stale when it
 *    comes up. That keeps every change O(log n).
 * 3. Stale entries are also swept out whenever the heap has doubled since the last sweep. Otherwise a stale entry that
 *    lies a day ahead would be kept for that day. So the heap never has more than twice the live entries, or a
 *    thousand.
 */
export interface HeapEntry<T> {
  readonly timeMs: number;
  readonly item: T;
}

const MIN_SWEEP_SIZE = 1_000;

export class MinHeap<T> {
  private entries: HeapEntry<T>[] = [];
  private sweepAtSize = MIN_SWEEP_SIZE;

  /** `isStale` returns true for an entry that its owner will skip; the answer must never change back to false. */
  constructor(private readonly isStale: (entry: HeapEntry<T>) => boolean = () => false) {}

  get size(): number {
    return this.entries.length;
  }

  peek(): HeapEntry<T> | undefined {
    return this.entries[0];
  }

  push(timeMs: number, item: T): void {
    if (this.entries.length >= this.sweepAtSize) this.sweep();
    this.place({ timeMs, item });
  }

  private place(entry: HeapEntry<T>): void {
    const { entries } = this;
    const { timeMs } = entry;
    let index = entries.length;
    entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = entries[parent]!;
      if (above.timeMs <= timeMs) break;
      entries[index] = above;
      index = parent;
    }
    entries[index] = entry;
  }

  pop(): HeapEntry<T> | undefined {
    const { entries } = this;
    const top = entries[0];
    const last = entries.pop();
    if (top === undefined || last === undefined || entries.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && entries[child + 1]!.timeMs < entries[child]!.timeMs) child += 1;
      if (entries[child]!.timeMs >= last.timeMs) break;
      entries[index] = entries[child]!;
      index = child;
    }
    entries[index] = last;
    return top;
  }

  private sweep(): void {
    const live = this.entries.filter((entry) => !this.isStale(entry));
    this.entries = [];
    for (const entry of live) this.place(entry);
    this.sweepAtSize = Math.max(MIN_SWEEP_SIZE, 2 * live.length);
  }
}
