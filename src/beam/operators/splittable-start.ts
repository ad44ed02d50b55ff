/** The two steps of a splittable DoFn before processing: an element gets a restriction, which is then split. */
import type { AnyDefinition } from "../authoring/definitions";
import type { Metrics } from "../authoring/metrics";
import type { TransformProto } from "../sdk";
import { type WindowedValue, withValue } from "../values";
import type { Operator, Processed, Receiver, StageEnvironment } from "./contract";
import { DefinedTransform } from "./opening";
import { onlyOutput } from "./outputs";
import { type AnySplittableDoFn, type ElementAndRestriction, sized } from "./splittable-element";
import { Waits } from "./waits";

abstract class StartOperator implements Operator {
  protected readonly receiver: Receiver;
  /** Set in `setup`. */
  protected fn!: AnySplittableDoFn;
  private readonly defined: DefinedTransform<AnyDefinition>;

  constructor(
    private readonly transformId: string,
    transform: TransformProto,
    private readonly environment: StageEnvironment,
  ) {
    this.defined = new DefinedTransform(transformId, transform, environment);
    this.receiver = onlyOutput(transform, environment);
  }

  setup(): void | Promise<void> {
    const metrics = onceCounted(this.environment.metricsOf(this.transformId));
    return this.defined.open((fn: AnySplittableDoFn) => (this.fn = fn), metrics);
  }

  teardown(): void | Promise<void> {
    return (this.fn as AnySplittableDoFn | undefined)?.close?.();
  }

  abstract process(element: WindowedValue<unknown>): Processed;
}

/** Maps element → KV<element, KV<restriction, watermark>>. */
export class PairWithRestrictionOperator extends StartOperator {
  process(element: WindowedValue<unknown>): Processed {
    const restriction = this.fn.initialRestriction(element.value);
    if (!(restriction instanceof Promise)) return this.pair(element, restriction);
    return restriction.then((known) => this.pair(element, known));
  }

  private pair(element: WindowedValue<unknown>, restriction: unknown): Processed {
    const { value, timestampMs } = element;
    const watermarkMs = this.fn.initialWatermarkMs?.(value, restriction, timestampMs) ?? timestampMs;
    const paired: ElementAndRestriction = { key: value, value: { key: restriction, value: watermarkMs } };
    return this.receiver.receive(withValue(element, paired));
  }
}

/** Maps KV<element, KV<restriction, watermark>> → one KV<that, size> for each initial split. */
export class SplitAndSizeOperator extends StartOperator {
  process(element: WindowedValue<unknown>): Processed {
    const {
      key,
      value: { key: restriction, value: watermarkMs },
    } = element.value as ElementAndRestriction;
    const waits = new Waits();
    for (const split of this.fn.splitRestriction?.(key, restriction) ?? [restriction]) {
      waits.add(this.receiver.receive(withValue(element, sized(this.fn, key, split, watermarkMs))));
    }
    return waits.take();
  }
}

/**
 * Makes counters that exist only once they are incremented. Otherwise these two steps would also report the DoFn's
 * counters at zero, as the process step does.
 */
function onceCounted(metrics: Metrics): Metrics {
  return { ...metrics, counter: (name) => ({ inc: (delta) => metrics.counter(name).inc(delta) }) };
}
