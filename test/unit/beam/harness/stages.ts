/** The stages that tests of the worker run; see ../operators/fns.ts for what their DoFns do. */
import { setTimeout as sleep } from "node:timers/promises";
import { deferred } from "../../../../src/beam/deferred";
import {
  asyncDoFn,
  type AsyncElement,
  asyncBoundary,
  doFn,
  jsonCoder,
  type OffsetRange,
  type OffsetRangeTracker,
  stop,
} from "../../../../src/beam/authoring";
import { withName } from "../../../../src/beam/sdk";
import { SDF_PROCESS_URN } from "../../../../src/beam/operators/urns";
import type { SizedElementAndRestriction } from "../../../../src/beam/operators/splittable-element";
import { callPlain, evenOdd as evenOddFn, throwOn as throwOnFn } from "../operators/fns";
import { count, ranges } from "../operators/splittable-fns";
import type { FakeRunner } from "./fake-runner";
import { FakeStage } from "./fake-stage";
import { elementsOf } from "../operators/stage-harness";

export const number = jsonCoder<number>("test:coder:worker:number", 1);
export const text = jsonCoder<string>("test:coder:worker:text", 1);
const sizedCoder = jsonCoder<SizedElementAndRestriction>("test:coder:worker:sized", 1);

/** Emits a text of so many characters, so that more goes out than in. */
const repeatText = doFn("test/repeatText", {
  outputs: { main: text },
  open: () => ({
    process(length: number, emit) {
      void emit("main", "x".repeat(length));
    },
  }),
});

/** The position at which `gated` waits until the test lets it go on. */
export const gate = { position: -1, isReached: false, opened: Promise.resolve() };

/** Returns a function that opens the gate again. */
export function closeGate(position: number): () => void {
  const { promise, resolve } = deferred();
  Object.assign(gate, { position, isReached: false, opened: promise });
  return resolve;
}

/** A DoFn like `count` that waits at the gate, perhaps with other trackers. */
export function gatedRanges(name: string, newTracker?: (element: number, range: OffsetRange) => OffsetRangeTracker) {
  return ranges(
    name,
    async (_element, tracker, { emit }) => {
      for (let position = tracker.currentRestriction().from; tracker.tryClaim(position); position++) {
        if (position === gate.position) {
          gate.isReached = true;
          await gate.opened;
        }
        await emit("main", position, position);
      }
      return stop();
    },
    newTracker,
  );
}

export const gated = gatedRanges("test/gated");

/** Keeps a copy of each text for a while, as a request would, and passes it on. */
const hold = asyncDoFn("test/hold", {
  outputs: { main: text },
  calls: { maxConcurrentCalls: 64 },
  open: () => ({
    async process(elements: readonly AsyncElement<string, { main: string }>[]) {
      for (const { value, emit } of elements) {
        const request = Buffer.from(value);
        await sleep(100);
        await emit("main", request.toString());
      }
    },
  }),
});

export function evenOdd(runner: FakeRunner, id = "even-odd"): FakeStage<number> {
  const transform = withName("EvenOdd", evenOddFn());
  return new FakeStage(id, runner, number, (input) => input.apply(transform));
}

export function throwOn(runner: FakeRunner, bad: number): FakeStage<number> {
  const transform = withName("ThrowOn", throwOnFn({ bad: bad }));
  return new FakeStage("throw-on", runner, number, (input) => input.apply(transform));
}

export function calls(runner: FakeRunner, maxConcurrentCalls = 100): FakeStage<number> {
  const transform = withName("Call", callPlain({ pool: "worker", maxConcurrentCalls }));
  return new FakeStage("calls", runner, number, (input) => input.apply(transform));
}

export function repeat(runner: FakeRunner): FakeStage<number> {
  const transform = withName("Repeat", repeatText());
  return new FakeStage("repeat", runner, number, (input) => input.apply(transform));
}

export function splittable(runner: FakeRunner, fn: typeof count = count): FakeStage<SizedElementAndRestriction> {
  const transform = withName("Count", fn({}));
  return new FakeStage(
    "splittable",
    runner,
    sizedCoder,
    (input) => elementsOf<number>(input).apply(transform),
    (harness) => void harness.as(SDF_PROCESS_URN),
  );
}

export function apart(runner: FakeRunner): FakeStage<SizedElementAndRestriction> {
  return new FakeStage(
    "apart",
    runner,
    sizedCoder,
    (input) =>
      elementsOf<string>(input)
        .apply(asyncBoundary(text, { maxElements: 256 }))
        .apply(withName("Hold", hold())),
    (harness) => void harness.as(SDF_PROCESS_URN),
  );
}

export function sizedRange(from: number, to: number, watermarkMs = -1): SizedElementAndRestriction {
  return { key: { key: to, value: { key: { from, to }, value: watermarkMs } }, value: to - from };
}
