/** Runs one call of an AsyncDoFn as an operator would, and keeps what it emits. */
import type { AsyncDoFn, ElementContext, Metrics, Outputs } from "../../src/beam/authoring";
import { GLOBAL_WINDOW, NO_FIRING } from "../../src/beam/authoring";

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
  /** Resolves with everything emitted by this one call, by output. */
  call(values: readonly I[]): Promise<{ [T in keyof O]: O[T][] }>;
  teardown(): Promise<void>;
}

export async function harness<I, O extends Outputs>(
  fn: AsyncDoFn<I, O>,
  tags: readonly (keyof O & string)[],
): Promise<Harness<I, O>> {
  const metrics = new CountingMetrics();
  await fn.setup?.({ metrics, stageName: "test" });
  return {
    metrics,
    async call(values) {
      const emitted = Object.fromEntries(tags.map((tag) => [tag, [] as unknown[]]));
      const emit = (tag: string, value: unknown) => void emitted[tag]?.push(value);
      await fn.process(values.map((value) => ({ value, context: CONTEXT, emit })));
      return emitted as { [T in keyof O]: O[T][] };
    },
    teardown: async () => fn.teardown?.(),
  };
}
