import { setTimeout as sleep } from "node:timers/promises";
import type { AsyncDoFn, AsyncElement, Batching } from "../../authoring/async-do-fn";
import { registerForSerialization } from "../../sdk";
import { readLines } from "../support/collected";
import { LineFile } from "../support/line-file";

/** One call, as it was seen from inside. Times are of one clock for all processes of a machine. */
export interface CallRecord {
  readonly process: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly elements: readonly unknown[];
}

export interface CallOptions {
  readonly maxConcurrentCalls: number;
  readonly callMs: number;
  readonly batching?: Batching;
}

/** Calls nothing, but takes its time, writes down each call, and emits its elements unchanged. */
export class RecordCalls<T> implements AsyncDoFn<T, { main: T }> {
  readonly maxConcurrentCalls: number;
  readonly batching?: Batching;
  private readonly callMs: number;
  private file?: LineFile;

  constructor(
    readonly pool: string,
    private readonly directory: string,
    options: CallOptions,
  ) {
    this.maxConcurrentCalls = options.maxConcurrentCalls;
    this.callMs = options.callMs;
    if (options.batching !== undefined) this.batching = options.batching;
  }

  setup(): void {
    this.file = new LineFile(this.directory);
  }

  sizeBytes(value: T): number {
    return JSON.stringify(value).length;
  }

  async process(elements: readonly AsyncElement<T, { main: T }>[]): Promise<void> {
    const startMs = Date.now();
    await sleep(this.callMs);
    for (const { value, emit } of elements) await emit("main", value);
    const record: CallRecord = {
      process: process.pid,
      startMs,
      endMs: Date.now(),
      elements: elements.map(({ value }) => value),
    };
    this.file?.append([record]);
  }
}

/** Calls of different lengths; emits before and after waiting, to two outputs. */
export class Staggered implements AsyncDoFn<number, { begun: number; done: string }> {
  readonly pool = "staggered";
  readonly maxConcurrentCalls = 8;

  async process(elements: readonly AsyncElement<number, { begun: number; done: string }>[]): Promise<void> {
    for (const { value, emit } of elements) {
      await emit("begun", value);
      await sleep((value * 7) % 20);
      await emit("done", `done ${value}`);
    }
  }
}

/** Passes a number on; a negative one only when the collector's folder holds `count` elements. */
export class NegativesLast implements AsyncDoFn<number, { main: number }> {
  readonly pool = "negatives last";
  readonly maxConcurrentCalls = 8;

  constructor(
    private readonly directory: string,
    private readonly count: number,
  ) {}

  async process(elements: readonly AsyncElement<number, { main: number }>[]): Promise<void> {
    for (const { value, emit } of elements) {
      while (value < 0 && readLines(this.directory).length < this.count) await sleep(10);
      await emit("main", value);
    }
  }
}

/** Passes a number on after as many milliseconds. */
export class TakeTime implements AsyncDoFn<number, { main: number }> {
  readonly pool = "take time";
  readonly maxConcurrentCalls = 8;

  async process(elements: readonly AsyncElement<number, { main: number }>[]): Promise<void> {
    for (const { value, emit } of elements) {
      await sleep(value);
      await emit("main", value);
    }
  }
}

registerForSerialization("conformance/async", { NegativesLast, RecordCalls, Staggered, TakeTime });
