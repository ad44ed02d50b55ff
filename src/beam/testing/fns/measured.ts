import { asyncDoFn, type AsyncElement } from "../../authoring/async-do-fn";
import { doFn } from "../../authoring/do-fn";
import { numberCoder } from "../support/coders";

/**
 * Counts its elements in two counters, one of them by twos, records a distribution, and sets a gauge to the last
 * element.
 */
export const measured = doFn("measured", {
  outputs: { main: numberCoder },
  open(_settings, { metrics }) {
    const seen = metrics.counter("seen");
    const twice = metrics.counter("twice");
    const sizes = metrics.distribution("sizes");
    const last = metrics.gauge("last");
    return {
      process(value: number, emit) {
        seen.inc();
        twice.inc(2);
        sizes.update(value);
        last.set(7);
        void emit("main", value);
      },
    };
  },
});

/** Counts in calls, so between and after the elements of its bundle. */
export const measuredCalls = asyncDoFn("measuredCalls", {
  outputs: { main: numberCoder },
  calls: { maxConcurrentCalls: 4 },
  open(_settings, { metrics }) {
    const calls = metrics.counter("calls");
    return {
      async process(elements: readonly AsyncElement<number, { main: number }>[]) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        calls.inc(elements.length);
      },
    };
  },
});
