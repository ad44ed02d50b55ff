import { asyncDoFn, type AsyncElement } from "../../authoring/async-do-fn";
import { doFn } from "../../authoring/do-fn";
import { splittableDoFn } from "../../authoring/splittable-do-fn";
import { BeamError, declareCodes } from "../../error";
import { registerForSerialization } from "../../sdk";
import { anyCoder } from "../support/coders";
import { counting, offsetRangeCoder, type Pace } from "./counting-source";

export type FailingCall = "open" | "startBundle" | "process" | "finishBundle";

const outputs = { main: anyCoder<string>() };

function fail(where: string, secret: unknown): never {
  throw new Error(`${where} cannot bear ${JSON.stringify(secret)}`);
}

/** Fails in one of its calls, with an element's content in its own message. */
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

// A runner in another process gives back only codes that the program has declared.
declareCodes(["MODEL_NOT_FOUND"]);

/** Says itself what the user must mend. */
export const misconfigured = doFn("misconfigured", {
  outputs,
  open: () => ({
    process(_value: string) {
      throw new BeamError("MODEL_NOT_FOUND", "The model does not exist; choose another.");
    },
  }),
});

export function failingMap(value: string): string {
  return fail("map", value);
}

registerForSerialization("conformance/failing", { failingMap });
