/** What happens to an element of a splittable DoFn before it is processed: it gets a restriction, which is then split. */
import type { Metrics } from "../authoring/metrics";
import type { OperatorFactory, Processed } from "./contract";
import { onlyOutput } from "./outputs";
import { type ElementAndRestriction, sized, splittableDoFn, withValue } from "./splittable-element";
import { Waits } from "./waits";

/** element → KV<element, KV<restriction, watermark>> */
export const pairWithRestriction: OperatorFactory = (transformId, transform, environment) => {
  const fn = splittableDoFn(transform);
  const receiver = onlyOutput(transform, environment);
  return {
    setup: () =>
      fn.setup?.({ metrics: onceCounted(environment.metricsOf(transformId)), stageName: transform.uniqueName }),
    teardown: () => fn.teardown?.(),
    process(element) {
      const pair = (restriction: unknown): Processed => {
        const { value, timestampMs } = element;
        const watermarkMs = fn.initialWatermarkMs?.(value, restriction, timestampMs) ?? timestampMs;
        const paired: ElementAndRestriction = { key: value, value: { key: restriction, value: watermarkMs } };
        return receiver.receive(withValue(element, paired));
      };
      const restriction = fn.initialRestriction(element.value);
      return restriction instanceof Promise ? restriction.then(pair) : pair(restriction);
    },
  };
};

/** KV<element, KV<restriction, watermark>> → one KV<that, size> for each initial split */
export const splitAndSizeRestrictions: OperatorFactory = (transformId, transform, environment) => {
  const fn = splittableDoFn(transform);
  const receiver = onlyOutput(transform, environment);
  return {
    setup: () =>
      fn.setup?.({ metrics: onceCounted(environment.metricsOf(transformId)), stageName: transform.uniqueName }),
    teardown: () => fn.teardown?.(),
    process(element) {
      const {
        key,
        value: { key: restriction, value: watermarkMs },
      } = element.value as ElementAndRestriction;
      const waits = new Waits();
      for (const split of fn.splitRestriction?.(key, restriction) ?? [restriction]) {
        waits.add(receiver.receive(withValue(element, sized(fn, key, split, watermarkMs))));
      }
      return waits.take();
    },
  };
};

/** Counters that are there once they have counted: only the transform that processes shows its own at zero as well. */
function onceCounted(metrics: Metrics): Metrics {
  return { ...metrics, counter: (name) => ({ inc: (delta) => metrics.counter(name).inc(delta) }) };
}
