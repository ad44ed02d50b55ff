import { randomUUID } from "node:crypto";
import { doFn } from "../../authoring/do-fn";
import type { IntervalWindow, KV } from "../../values";
import { anyCoder, numberCoder } from "../support/coders";
import { LineFile } from "../support/line-file";

export interface LifecycleEvent {
  readonly instance: string;
  readonly call: "open" | "startBundle" | "process" | "finishBundle";
}

/** Records every call of its methods, in order, and passes elements on. */
export const logLifecycle = doFn("logLifecycle", {
  outputs: { main: numberCoder },
  open({ directory }: { readonly directory: string }) {
    const file = new LineFile(directory);
    const instance = randomUUID();
    const log = (call: LifecycleEvent["call"]): void => file.append([{ instance, call } satisfies LifecycleEvent]);
    log("open");
    return {
      startBundle: () => log("startBundle"),
      process(value: number, emit) {
        log("process");
        void emit("main", value);
      },
      finishBundle: () => log("finishBundle"),
    };
  },
});

/** Holds its elements back until the bundle ends, then emits their number, with the given timestamp and window. */
export const countBundle = doFn("countBundle", {
  outputs: { main: numberCoder },
  open({ timestampMs, window }: { readonly timestampMs: number; readonly window: IntervalWindow }) {
    let count = 0;
    return {
      startBundle() {
        count = 0;
      },
      process(_value: unknown) {
        count += 1;
      },
      finishBundle(emit) {
        if (count > 0) void emit("main", count, timestampMs, window);
      },
    };
  },
});

/** Emits even numbers, odd numbers, and all numbers, to an output each. */
export const sort = doFn("sort", {
  outputs: { even: numberCoder, odd: anyCoder<string>(), all: numberCoder },
  open: () => ({
    process(value: number, emit) {
      if (value % 2 === 0) void emit("even", value);
      else void emit("odd", `odd ${value}`);
      void emit("all", value);
    },
  }),
});

/** Emits the numbers from 0 up to each element. */
export const countTo = doFn("countTo", {
  outputs: { main: numberCoder },
  open: () => ({
    process(count: number, emit) {
      for (let value = 0; value < count; value += 1) void emit("main", value);
    },
  }),
});

/** Emits `count` values of one key, and one value of each other key. */
export const hotKey = doFn("hotKey", {
  outputs: { main: anyCoder<KV<string, number>>() },
  open: () => ({
    process({ from, to }: { from: number; to: number }, emit) {
      for (let value = from; value < to; value += 1) {
        void emit("main", { key: "hot", value });
        void emit("main", { key: `cold ${value}`, value });
      }
    },
  }),
});

/** Emits, for each key, a text as long as its value says. */
export const inflate = doFn("inflate", {
  outputs: { main: anyCoder<KV<string, string>>() },
  open: () => ({
    process({ key, value: length }: KV<string, number>, emit) {
      void emit("main", { key, value: "x".repeat(length) });
    },
  }),
});
