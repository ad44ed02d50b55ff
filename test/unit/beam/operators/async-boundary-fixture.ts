/** Stages behind `asyncBoundary`, and elements as a runner sends them there. */
import assert from "node:assert/strict";
import { type Batching, asyncBoundary, jsonCoder } from "../../../../src/beam/authoring";
import { withName } from "../../../../src/beam/sdk";
import type { ProcessScope, Residual } from "../../../../src/beam/operators/contract";
import { InFlightElements } from "../../../../src/beam/operators/async-boundary-in-flight";
import type { SizedElementAndRestriction } from "../../../../src/beam/operators/splittable-element";
import { SDF_PROCESS_URN } from "../../../../src/beam/operators/urns";
import type { WindowedValue } from "../../../../src/beam/values";
import { callBatched, callPlain, callTwiceForOdd, remote } from "./fns";
import { at, elementsOf, newScope, StageHarness } from "./stage-harness";

export type Sized = SizedElementAndRestriction;

export const number = jsonCoder<number>("test:coder:number", 1);

/** One stage of `asyncBoundary`, as its process step, and the calls behind it. */
export async function stage(scope: ProcessScope = newScope(), maxElements = 10) {
  const harness = new StageHarness<Sized>((input) => {
    const apart = elementsOf<number>(input).apply(asyncBoundary(number, { maxElements }));
    return apart.apply(withName("Call", callPlain({ pool: "behind", maxConcurrentCalls: 10 })));
  });
  return harness.as(SDF_PROCESS_URN).processor({ scope });
}

export function fresh(value: number): WindowedValue<Sized> {
  return at({ key: { key: value, value: { key: "", value: 0 } }, value: 1 });
}

export function again(residual: Residual | undefined): WindowedValue<Sized> {
  assert.ok(residual !== undefined);
  return residual.element as WindowedValue<Sized>;
}

/** The residual as it comes back from a runner that keeps it under a number. */
export function kept(residual: Residual | undefined): WindowedValue<Sized> {
  const element = again(residual);
  return { ...element, value: { key: element.value.key, value: -3 } };
}

export const text = jsonCoder<string>("test:coder:text", 1);

export function freshText(value: string): WindowedValue<Sized> {
  return at({ key: { key: value, value: { key: "", value: 0 } }, value: 1 });
}

export async function textStage(maxBytes: number) {
  const scope = new WatchedScope();
  const harness = new StageHarness<Sized>((input) => {
    const apart = elementsOf<string>(input).apply(asyncBoundary(text, { maxElements: 1_000, maxBytes }));
    return apart.apply(withName("Call", callPlain({ pool: "behind", maxConcurrentCalls: 1_000 }) as never));
  });
  const bundle = await harness.as(SDF_PROCESS_URN).processor({ scope });
  const load = (): InFlightElements["load"] => scope.load ?? assert.fail("nothing began");
  return { bundle, load };
}

export async function batchStage(batching: Batching, scope: ProcessScope = newScope()) {
  const harness = new StageHarness<Sized>((input) => {
    const apart = elementsOf<number>(input).apply(asyncBoundary(number, { maxElements: 10 }));
    return apart.apply(withName("Batch", callBatched({ pool: "batched", maxConcurrentCalls: 2, batching })));
  });
  return harness.as(SDF_PROCESS_URN).processor({ scope });
}

/** As `batchStage`, with a call after which odd numbers begin anew once. */
export async function twiceForOddStage(maxCount: number) {
  const batching = { maxCount, maxBytes: 1_000, maxAgeMs: 5 };
  const harness = new StageHarness<Sized>((input) => {
    const apart = elementsOf<number>(input).apply(asyncBoundary(number, { maxElements: 10 }));
    return apart.apply(withName("Twice", callTwiceForOdd({ pool: "twice", maxConcurrentCalls: 10, batching })));
  });
  return harness.as(SDF_PROCESS_URN).processor({ scope: newScope() });
}

/** A scope that shows the content that `asyncBoundary` keeps in it. */
export class WatchedScope implements ProcessScope {
  private readonly scope = newScope();
  private inFlight: InFlightElements | undefined;

  get load(): InFlightElements["load"] | undefined {
    return this.inFlight?.load;
  }

  get<T>(key: string, open: () => T, close?: (value: T) => void | Promise<void>): T {
    const value = this.scope.get(key, open, close);
    if (value instanceof InFlightElements) this.inFlight = value;
    return value;
  }
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export async function answered(): Promise<void> {
  for (const call of remote.calls.splice(0)) call.answer();
  await turn();
}
