import { asyncDoFn, type AsyncElement } from "../../authoring/async-do-fn";
import { doFn } from "../../authoring/do-fn";
import { splittableDoFn, stop } from "../../authoring/splittable-do-fn";
import { OffsetRangeTracker } from "../../authoring/offset-range-tracker";
import { BeamError, declareCodes } from "../../error";
import { registerForSerialization } from "../../sdk";
import { anyCoder } from "../support/coders";
import { counting, offsetRangeCoder, type Pace } from "./counting-source";

export type FailingCall = "open" | "startBundle" | "process" | "finishBundle";

const outputs = { main: anyCoder<string>() };

function fail(where: string, secret: unknown): never {
  throw new Error(`${where} cannot bear ${JSON.stringify(secret)}`);
}

/** Throws in one of its methods, with an element's content in the message. */
export const failing = doFn("failing", {
  outputs,
  open({ where }: { readonly where: FailingCall }) {
    if (where === "open") fail("open", "nothing yet");
    let last: string | undefined;
    return {
      startBundle() {
        if (where === "startBundle") fail("startBundle", last);
      },
      process(value: string, emit) {
        last = value;
        if (where === "process") fail("process", value);
        void emit("main", value);
      },
      finishBundle() {
        if (where === "finishBundle" && last !== undefined) fail("finishBundle", last);
      },
    };
  },
});

/** Fails in one call of many: after waiting, or before it returns its promise. */
export const failingCalls = asyncDoFn("failingCalls", {
  outputs,
  calls: { maxConcurrentCalls: 4 },
  open: ({ how }: { readonly how: "rejects" | "throws" }) => ({
    process(elements: readonly AsyncElement<string, { main: string }>[]): Promise<void> {
      const [element] = elements;
      if (element?.value.startsWith("bad") !== true) return Promise.resolve();
      if (how === "throws") fail("call", element.value);
      return new Promise((_resolve, reject) => {
        setTimeout(() => reject(new Error(`call cannot bear ${element.value}`)), 10);
      });
    },
  }),
});

export const failingSource = splittableDoFn("failingSource", {
  restriction: offsetRangeCoder,
  bounded: true,
  outputs,
  open: (pace: Pace) => ({ ...counting(pace), process: async (element) => fail("source", element) }),
});

// A runner in another process recognises only declared codes.
declareCodes(["MODEL_NOT_FOUND"]);

/** Throws a BeamError that tells the user what to do. */
export const misconfigured = doFn("misconfigured", {
  outputs,
  open: () => ({
    process(_value: string) {
      throw new BeamError("MODEL_NOT_FOUND", "The model does not exist; choose another.");
    },
  }),
});

/** Emits to an output that its transform does not have. */
export const misled = doFn("misled", {
  outputs,
  open: () => ({
    process(value: string, emit) {
      void (emit as (tag: string, value: string) => unknown)("dead", value);
    },
  }),
});

export const caused = doFn("caused", {
  outputs,
  open: () => ({
    process(_value: string) {
      throw new Error("no answer", { cause: new TypeError("no address", { cause: new Error("no name") }) });
    },
  }),
});

/** Claims half of its ten positions, then returns `stop()`. */
export const forgetful = splittableDoFn("forgetful", {
  restriction: offsetRangeCoder,
  bounded: true,
  outputs,
  open: () => ({
    initialRestriction: (_element: string) => ({ from: 0, to: 10 }),
    newTracker: (_element, range) => new OffsetRangeTracker(range),
    process(_element, tracker) {
      for (let position = 0; position < 5; position++) tracker.tryClaim(position);
      return stop();
    },
  }),
});

export function failingMap(value: string): string {
  return fail("map", value);
}

registerForSerialization("conformance/failing", { failingMap });
