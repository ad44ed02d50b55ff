import assert from "node:assert/strict";
import {
  type AsyncDoFnInstance,
  type AsyncElement,
  type DoFnSpec,
  type DoFnTransform,
  GLOBAL_WINDOW,
  type Metrics,
  NO_FIRING,
  type Outputs,
} from "../../../src/beam/authoring";
import { definitionOf } from "../../../src/beam/authoring/definitions";
import type { AnyAsyncDefinition } from "../../../src/beam/operators/async-call";
import { openTransform } from "./open-transform";

export interface Driven<O extends Outputs> {
  /** Everything emitted, by tag, in the order of emission. */
  readonly outputs: { readonly [T in keyof O]: readonly O[T][] };
  readonly counters: Readonly<Record<string, number>>;
  readonly distributions: Readonly<Record<string, readonly number[]>>;
}

/**
 * Runs an asynchronous DoFn over the elements as its operator would: one element a call, so many calls at once.
 * `closed` closes it early.
 */
export async function driveAsync<I, O extends Outputs>(
  transform: DoFnTransform<I, O>,
  elements: readonly I[],
  tags: readonly (keyof O & string)[],
  closed?: AbortSignal,
): Promise<Driven<O>> {
  const outputs = Object.fromEntries(tags.map((tag) => [tag, [] as unknown[]]));
  const counters: Record<string, number> = {};
  const distributions: Record<string, number[]> = {};
  const metrics = recordingMetrics(counters, distributions);
  const { instance, scope } = await openTransform<AsyncDoFnInstance<I, O>>(transform, metrics);
  closed?.addEventListener("abort", () => void instance.close?.(), { once: true });
  const context = { timestampMs: 0, window: GLOBAL_WINDOW, pane: NO_FIRING };
  const queue = elements.values();
  const worker = async (): Promise<void> => {
    for (const value of queue) {
      const emit: AsyncElement<I, O>["emit"] = (tag, output) => void outputs[tag]!.push(output);
      const again = (): never => assert.fail("an element wants to begin anew");
      const element: AsyncElement<I, O> = { value, context, emit, again };
      await instance.process([element]);
    }
  };
  try {
    await Promise.all(Array.from({ length: maxConcurrentCallsOf(transform) }, worker));
  } finally {
    await instance.close?.();
    await scope.close();
  }
  return { outputs: outputs as unknown as Driven<O>["outputs"], counters, distributions };
}

function maxConcurrentCallsOf({ spec }: { readonly spec: DoFnSpec }): number {
  const { calls } = definitionOf(spec.name) as AnyAsyncDefinition;
  return (typeof calls === "function" ? calls(spec.settings) : calls).maxConcurrentCalls;
}

function recordingMetrics(counters: Record<string, number>, distributions: Record<string, number[]>): Metrics {
  return {
    counter: (name) => ({ inc: (delta = 1) => void (counters[name] = (counters[name] ?? 0) + delta) }),
    distribution: (name) => ({ update: (value) => void (distributions[name] ??= []).push(value) }),
    gauge: () => ({ set: () => undefined }),
  };
}
