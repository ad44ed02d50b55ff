import { setTimeout as sleep } from "node:timers/promises";
import { asyncDoFn, type AsyncElement, type Calls } from "../../authoring/async-do-fn";
import type { DoFnTransform } from "../../authoring/contract";
import { anyCoder, numberCoder } from "../support/coders";
import { readLines } from "../support/collected";
import { LineFile } from "../support/line-file";

/** One call, recorded by the DoFn. The clock is the same for all processes of a machine. */
export interface CallRecord {
  readonly process: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly elements: readonly unknown[];
}

export interface RecordCallsSettings extends Calls {
  readonly directory: string;
  readonly callMs: number;
}

/** Records each call, which takes `callMs`, and emits its elements unchanged. */
export const recordCalls = asyncDoFn("recordCalls", {
  outputs: { main: anyCoder<unknown>() },
  calls: (settings: RecordCallsSettings) => settings,
  open({ directory, callMs }: RecordCallsSettings) {
    const file = new LineFile(directory);
    return {
      sizeBytes: (value: unknown) => JSON.stringify(value).length,
      async process(elements) {
        const startMs = Date.now();
        await sleep(callMs);
        for (const { value, emit } of elements) await emit("main", value);
        const record: CallRecord = {
          process: process.pid,
          startMs,
          endMs: Date.now(),
          elements: elements.map(({ value }) => value),
        };
        file.append([record]);
      },
    };
  },
  // Elements are emitted unchanged, so the output has the type of the input.
}) as <T>(settings: RecordCallsSettings) => DoFnTransform<T, { main: T }>;

/** Makes calls of different lengths, and emits before and after waiting, to two outputs. */
export const staggered = asyncDoFn("staggered", {
  outputs: { begun: numberCoder, done: anyCoder<string>() },
  calls: { maxConcurrentCalls: 8 },
  open: () => ({
    async process(elements: readonly AsyncElement<number, { begun: number; done: string }>[]) {
      for (const { value, emit } of elements) {
        await emit("begun", value);
        await sleep((value * 7) % 20);
        await emit("done", `done ${value}`);
      }
    },
  }),
});

/** Passes a number on. A negative number waits until the collector's folder holds `count` elements. */
export const negativesLast = asyncDoFn("negativesLast", {
  outputs: { main: numberCoder },
  calls: { maxConcurrentCalls: 8 },
  open: ({ directory, count }: { readonly directory: string; readonly count: number }) => ({
    async process(elements: readonly AsyncElement<number, { main: number }>[]) {
      for (const { value, emit } of elements) {
        while (value < 0 && readLines(directory).length < count) await sleep(10);
        await emit("main", value);
      }
    },
  }),
});

/** Passes a number on after that many milliseconds. */
export const takeTime = asyncDoFn("takeTime", {
  outputs: { main: numberCoder },
  calls: { maxConcurrentCalls: 8 },
  open: () => ({
    async process(elements: readonly AsyncElement<number, { main: number }>[]) {
      for (const { value, emit } of elements) {
        await sleep(value);
        await emit("main", value);
      }
    },
  }),
});

/** Passes a number on at its second call; the first asks to begin anew before it emits. */
export const twice = asyncDoFn("twice", {
  outputs: { main: numberCoder },
  calls: { maxConcurrentCalls: 2, batching: { maxCount: 5, maxBytes: 1_000_000, maxAgeMs: 20 } },
  open(_settings: void, { shared }) {
    const seen = shared.get("twice", () => new Set<number>());
    return {
      async process(elements: readonly AsyncElement<number, { main: number }>[]) {
        await sleep(5);
        for (const { value, emit, again } of elements) {
          if (!seen.has(value)) again();
          seen.add(value);
          await emit("main", value);
        }
      },
    };
  },
});
