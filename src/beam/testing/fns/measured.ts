import type { AsyncDoFn, AsyncElement } from "../../authoring/async-do-fn";
import type { Emit, SetupContext, TaggedDoFn } from "../../authoring/do-fn";
import type { Counter, Distribution, Gauge } from "../../authoring/metrics";
import { registerForSerialization } from "../../sdk";

/** Counts its elements, by twos as well, measures them, and shows the last. */
export class Measured implements TaggedDoFn<number, { main: number }> {
  private seen?: Counter;
  private twice?: Counter;
  private sizes?: Distribution;
  private last?: Gauge;

  setup({ metrics }: SetupContext): void {
    this.seen = metrics.counter("seen");
    this.twice = metrics.counter("twice");
    this.sizes = metrics.distribution("sizes");
    this.last = metrics.gauge("last");
  }

  process(value: number, emit: Emit<{ main: number }>): void {
    this.seen?.inc();
    this.twice?.inc(2);
    this.sizes?.update(value);
    this.last?.set(7);
    void emit("main", value);
  }
}

/** Counts in calls, that is between and after the elements of its bundle. */
export class MeasuredCalls implements AsyncDoFn<number, { main: number }> {
  readonly pool = "measured";
  readonly maxConcurrentCalls = 4;
  private calls?: Counter;

  setup({ metrics }: SetupContext): void {
    this.calls = metrics.counter("calls");
  }

  async process(elements: readonly AsyncElement<number, { main: number }>[]): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 2));
    this.calls?.inc(elements.length);
  }
}

registerForSerialization("conformance/measured", { Measured, MeasuredCalls });
