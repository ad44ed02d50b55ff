/** The stages that tests of the worker run; see ../operators/fns.ts for what their DoFns do. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AsyncDoFn,
  type AsyncElement,
  asyncParDo,
  detached,
  type Emit,
  jsonCoder,
  type OffsetRange,
  P,
  type ProcessContinuation,
  registerForSerialization,
  splittableParDo,
  stop,
  type TaggedDoFn,
  taggedParDo,
} from "../../../../src/beam/authoring";
import { KVCoder } from "../../../../src/beam/sdk";
import { SDF_PROCESS_URN } from "../../../../src/beam/operators/urns";
import type { SizedElementAndRestriction } from "../../../../src/beam/operators/splittable-element";
import { CallPlain, EvenOdd, ThrowOn } from "../operators/fns";
import { Count, type Ranges } from "../operators/splittable-fns";
import type { FakeRunner } from "./fake-runner";
import { FakeStage } from "./fake-stage";

export const number = jsonCoder<number>("test:coder:worker:number", 1);
export const text = jsonCoder<string>("test:coder:worker:text", 1);
const restriction = jsonCoder<OffsetRange>("test:coder:worker:range", 1);
const sizedCoder = jsonCoder<SizedElementAndRestriction>("test:coder:worker:sized", 1);

/** Every text of so many characters: more out than in. */
export class Repeat implements TaggedDoFn<number, { main: string }> {
  process(length: number, emit: Emit<{ main: string }>): void {
    void emit("main", "x".repeat(length));
  }
}

/** Where `Gated` waits until the test lets it go on. */
export const gate = { position: -1, isReached: false, opened: Promise.resolve() };

/** Returns what opens the gate again. */
export function closeGate(position: number): () => void {
  let open!: () => void;
  Object.assign(gate, { position, isReached: false, opened: new Promise<void>((resolve) => (open = resolve)) });
  return open;
}

export class Gated extends Count {
  override async process(...[, tracker, { emit }]: Parameters<Count["process"]>): Promise<ProcessContinuation> {
    for (let position = tracker.currentRestriction().from; tracker.tryClaim(position); position++) {
      if (position === gate.position) {
        gate.isReached = true;
        await gate.opened;
      }
      await emit("main", position, position);
    }
    return stop();
  }
}

/** Keeps a copy of each text for a while, as a request would, and passes it on. */
export class Hold implements AsyncDoFn<string, { main: string }> {
  readonly pool = "hold";
  readonly maxConcurrentCalls = 64;

  async process(elements: readonly AsyncElement<string, { main: string }>[]): Promise<void> {
    for (const { value, emit } of elements) {
      const request = Buffer.from(value);
      await sleep(100);
      await emit("main", request.toString());
    }
  }
}

registerForSerialization("test/worker", { Repeat, Gated, Hold });

export function evenOdd(runner: FakeRunner, id = "even-odd"): FakeStage<number> {
  const transform = taggedParDo("EvenOdd", new EvenOdd(), { even: number, odd: number });
  return new FakeStage(id, runner, number, (input) => P(input).apply(transform));
}

export function throwOn(runner: FakeRunner, bad: number): FakeStage<number> {
  const transform = taggedParDo("ThrowOn", new ThrowOn(bad), { main: number });
  return new FakeStage("throw-on", runner, number, (input) => P(input).apply(transform));
}

export function calls(runner: FakeRunner, maxConcurrentCalls = 100): FakeStage<number> {
  const transform = asyncParDo("Call", new CallPlain("worker", maxConcurrentCalls), { main: number });
  return new FakeStage("calls", runner, number, (input) => P(input).apply(transform));
}

export function repeat(runner: FakeRunner): FakeStage<number> {
  const transform = taggedParDo("Repeat", new Repeat(), { main: text });
  return new FakeStage("repeat", runner, number, (input) => P(input).apply(transform));
}

export function splittable(runner: FakeRunner, fn: Ranges = new Count()): FakeStage<SizedElementAndRestriction> {
  const transform = splittableParDo("Count", fn, { restriction, bounded: true, outputs: { main: number } });
  return new FakeStage(
    "splittable",
    runner,
    sizedCoder,
    (input) => P(input as never).apply(transform),
    (harness) => void harness.as(SDF_PROCESS_URN),
  );
}

export function apart(runner: FakeRunner): FakeStage<SizedElementAndRestriction> {
  return new FakeStage(
    "apart",
    runner,
    sizedCoder,
    (input) =>
      P(P(input as never).apply(detached(text, { maxElements: 256 }))).apply(
        asyncParDo("Hold", new Hold(), { main: text }),
      ),
    (harness) => void harness.as(SDF_PROCESS_URN),
  );
}

export function sizedRange(from: number, to: number, watermarkMs = -1): SizedElementAndRestriction {
  return { key: { key: to, value: { key: { from, to }, value: watermarkMs } }, value: to - from };
}

export const keyed = new KVCoder(text, number);
