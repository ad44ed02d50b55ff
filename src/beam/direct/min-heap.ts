/**
 * A binary min-heap of (time, item).
 *
 * 1. `peek` is an item of the smallest time; items of equal time come in any order.
 * 2. Nothing is ever removed from the middle: whoever moves or drops an item's time leaves the old entry in place and
 *    recognises it as stale when it comes up. That keeps every change O(log n).
 */
export interface HeapEntry<T> {
  readonly timeMs: number;
  readonly item: T;
}

export class MinHeap<T> {
  private readonly entries: HeapEntry<T>[] = [];

  get size(): number {
    return this.entries.length;
  }

  peek(): HeapEntry<T> | undefined {
    return this.entries[0];
  }

  push(timeMs: number, item: T): void {
    const { entries } = this;
    const entry = { timeMs, item };
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
}
