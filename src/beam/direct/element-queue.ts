/**
 * Elements that wait for a bundle, with their minimum timestamp and their rough size.
 *
 * 1. First in, first out; with `random`, in random order.
 * 2. `minTimestampMs` is exact after every call. The FIFO queue also keeps the timestamps that are smaller than all
 *    later ones. Each is entered and removed once, so a call costs O(1) on average.
 */
import { roughBytes } from "../operators/rough-bytes";
import type { WindowedValue } from "../values";
import type { Random } from "./random";

export interface ElementQueue {
  readonly size: number;
  /** Size of the values, by `bytesOf`. */
  readonly bytes: number;
  /** Returns the minimum timestamp; Infinity when the queue is empty. */
  minTimestampMs(): number;
  push(element: WindowedValue<unknown>): void;
  take(): WindowedValue<unknown> | undefined;
  clear(): void;
}

export function elementQueue(random?: Random): ElementQueue {
  return random === undefined ? new FifoElements() : new ShuffledElements(random);
}

/** Returns the estimated memory of the element's value: its maker's estimate, or else that of `roughBytes`. */
export function bytesOf({ value, bytes }: WindowedValue<unknown>): number {
  return bytes ?? roughBytes(value);
}

/** An array with a moving start, since `shift` on a long array would copy it. */
class Fifo<T> {
  private items: T[] = [];
  private start = 0;

  get size(): number {
    return this.items.length - this.start;
  }

  first(): T | undefined {
    return this.items[this.start];
  }

  last(): T | undefined {
    return this.size === 0 ? undefined : this.items[this.items.length - 1];
  }

  push(item: T): void {
    this.items.push(item);
  }

  pop(): void {
    this.items.pop();
  }

  shift(): T | undefined {
    const item = this.items[this.start];
    if (this.start >= this.items.length) return undefined;
    (this.items as (T | undefined)[])[this.start] = undefined;
    this.start += 1;
    if (this.start >= 1024 && this.start * 2 >= this.items.length) {
      this.items = this.items.slice(this.start);
      this.start = 0;
    }
    return item;
  }
}

class FifoElements implements ElementQueue {
  bytes = 0;
  private elements = new Fifo<WindowedValue<unknown>>();
  private sizes = new Fifo<number>();
  private minima = new Fifo<number>();

  get size(): number {
    return this.elements.size;
  }

  minTimestampMs(): number {
    return this.minima.first() ?? Infinity;
  }

  push(element: WindowedValue<unknown>): void {
    const bytes = bytesOf(element);
    this.bytes += bytes;
    this.sizes.push(bytes);
    this.elements.push(element);
    for (let last = this.minima.last(); last !== undefined && last > element.timestampMs; last = this.minima.last()) {
      this.minima.pop();
    }
    this.minima.push(element.timestampMs);
  }

  take(): WindowedValue<unknown> | undefined {
    const element = this.elements.shift();
    this.bytes -= this.sizes.shift() ?? 0;
    if (element !== undefined && element.timestampMs === this.minima.first()) this.minima.shift();
    return element;
  }

  clear(): void {
    this.bytes = 0;
    this.sizes = new Fifo();
    this.elements = new Fifo();
    this.minima = new Fifo();
  }
}

/** The random queue for tests. The minimum and the size look at every element. */
class ShuffledElements implements ElementQueue {
  private elements: WindowedValue<unknown>[] = [];

  constructor(private readonly random: Random) {}

  get size(): number {
    return this.elements.length;
  }

  get bytes(): number {
    return this.elements.reduce((sum, element) => sum + bytesOf(element), 0);
  }

  minTimestampMs(): number {
    return this.elements.reduce((least, { timestampMs }) => Math.min(least, timestampMs), Infinity);
  }

  push(element: WindowedValue<unknown>): void {
    this.elements.push(element);
  }

  take(): WindowedValue<unknown> | undefined {
    const last = this.elements.pop();
    if (last === undefined || this.elements.length === 0) return last;
    const index = this.random.below(this.elements.length + 1);
    if (index === this.elements.length) return last;
    const taken = this.elements[index];
    this.elements[index] = last;
    return taken;
  }

  clear(): void {
    this.elements = [];
  }
}
