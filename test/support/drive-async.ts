import type { AsyncDoFn, AsyncElement, Metrics, Outputs } from "../../src/beam/authoring";
import { GLOBAL_WINDOW, NO_FIRING } from "../../src/beam/authoring";

export interface Driven<O extends Outputs> {
  /** Everything emitted, by tag, in the order of emission. */
  readonly outputs: { readonly [T in keyof O]: readonly O[T][] };
  readonly counters: Readonly<Record<string, number>>;
  readonly distributions: Readonly<Record<string, readonly number[]>>;
}

/** Runs an asynchronous DoFn over the elements as its operator would: one element a call, so many calls at once. */
export async function driveAsync<I, O extends Outputs>(
  fn: AsyncDoFn<I, O>,
  elements: readonly I[],
  tags: readonly (keyof O & string)[],
): Promise<Driven<O>> {
  const outputs = Object.fromEntries(tags.map((tag) => [tag, [] as unknown[]]));
  const counters: Record<string, number> = {};
  const distributions: Record<string, number[]> = {};
  await fn.setup?.({ stageName: "driven", metrics: recordingMetrics(counters, distributions) });
  const context = { timestampMs: 0, window: GLOBAL_WINDOW, pane: NO_FIRING };
  const queue = elements.values();
  const worker = async (): Promise<void> => {
    for (const value of queue) {
      const element: AsyncElement<I, O> = { value, context, emit: (tag, output) => void outputs[tag]!.push(output) };
      await fn.process([element]);
    }
  };
  try {
    await Promise.all(Array.from({ length: fn.maxConcurrentCalls }, worker));
  } finally {
    await fn.teardown?.();
  }
  return { outputs: outputs as unknown as Driven<O>["outputs"], counters, distributions };
}

function recordingMetrics(counters: Record<string, number>, distributions: Record<string, number[]>): Metrics {
  return {
    counter: (name) => ({ inc: (delta = 1) => void (counters[name] = (counters[name] ?? 0) + delta) }),
    distribution: (name) => ({ update: (value) => void (distributions[name] ??= []).push(value) }),
    gauge: () => ({ set: () => undefined }),
  };
}
