/** Runs calls of an asynchronous DoFn as an operator would, and keeps what they emit. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AsyncDoFnInstance,
  type DoFnTransform,
  type ElementContext,
  GLOBAL_WINDOW,
  type Metrics,
  NO_FIRING,
  type Outputs,
} from "../../src/beam/authoring";
import { openTransform } from "./open-transform";

export class CountingMetrics implements Metrics {
  readonly values = new Map<string, number>();

  counter(name: string) {
    return { inc: (delta = 1) => void this.values.set(name, (this.values.get(name) ?? 0) + delta) };
  }
  distribution() {
    return { update: () => undefined };
  }
  gauge() {
    return { set: () => undefined };
  }
}

const CONTEXT: ElementContext = { timestampMs: 0, window: GLOBAL_WINDOW, pane: NO_FIRING };

export interface Harness<I, O extends Outputs> {
  readonly metrics: CountingMetrics;
  /** Resolves with everything emitted by this one call, by output; and by the calls for what it gave back. */
  call(values: readonly I[]): Promise<{ [T in keyof O]: O[T][] }>;
  close(): Promise<void>;
}

export async function harness<I, O extends Outputs>(
  transform: DoFnTransform<I, O>,
  tags: readonly (keyof O & string)[],
): Promise<Harness<I, O>> {
  const metrics = new CountingMetrics();
  const { instance, scope } = await openTransform<AsyncDoFnInstance<I, O>>(transform, metrics);
  return {
    metrics,
    async call(values) {
      const emitted = Object.fromEntries(tags.map((tag) => [tag, [] as unknown[]]));
      const emit = (tag: string, value: unknown) => void emitted[tag]?.push(value);
      const again = (): never => assert.fail("an element wants to begin anew");
      let left = await instance.process(values.map((value) => ({ value, context: CONTEXT, emit, again })));
      while (left) {
        await sleep(left.delayMs);
        left = await instance.process(left.elements);
      }
      return emitted as { [T in keyof O]: O[T][] };
    },
    async close() {
      await instance.close?.();
      await scope.close();
    },
  };
}
