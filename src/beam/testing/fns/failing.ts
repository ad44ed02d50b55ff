import type { AsyncDoFn, AsyncElement } from "../../authoring/async-do-fn";
import type { Emit, TaggedDoFn } from "../../authoring/do-fn";
import type { ProcessContinuation } from "../../authoring/splittable-do-fn";
import { BeamError } from "../../error";
import { registerForSerialization } from "../../sdk";
import { CountingSource } from "./counting-source";

export type FailingCall = "setup" | "startBundle" | "process" | "finishBundle";

function fail(where: string, secret: unknown): never {
  throw new Error(`${where} cannot bear ${JSON.stringify(secret)}`);
}

/** Fails in one of its calls, with an element's content in its own message. */
export class Failing implements TaggedDoFn<string, { main: string }> {
  private last: string | undefined;

  constructor(private readonly where: FailingCall) {}

  setup(): void {
    if (this.where === "setup") fail("setup", "nothing yet");
  }

  startBundle(): void {
    if (this.where === "startBundle") fail("startBundle", this.last);
  }

  process(value: string, emit: Emit<{ main: string }>): void {
    this.last = value;
    if (this.where === "process") fail("process", value);
    void emit("main", value);
  }

  finishBundle(): void {
    if (this.where === "finishBundle" && this.last !== undefined) fail("finishBundle", this.last);
  }
}

/** Fails in one call of many: after waiting, or before it returns its promise. */
export class FailingCalls implements AsyncDoFn<string, { main: string }> {
  readonly pool = "failing";
  readonly maxConcurrentCalls = 4;

  constructor(private readonly how: "rejects" | "throws") {}

  process(elements: readonly AsyncElement<string, { main: string }>[]): Promise<void> {
    const [element] = elements;
    if (element?.value.startsWith("bad") !== true) return Promise.resolve();
    if (this.how === "throws") fail("call", element.value);
    return new Promise((_resolve, reject) => {
      setTimeout(() => reject(new Error(`call cannot bear ${element.value}`)), 10);
    });
  }
}

export class FailingSource extends CountingSource {
  override async process(element: unknown): Promise<ProcessContinuation> {
    fail("source", element);
  }
}

/** Says itself what the user must mend. */
export class Misconfigured implements TaggedDoFn<string, { main: string }> {
  process(): void {
    throw new BeamError("MODEL_NOT_FOUND", "The model does not exist; choose another.");
  }
}

export function failingMap(value: string): string {
  return fail("map", value);
}

registerForSerialization("conformance/failing", { Failing, FailingCalls, FailingSource, Misconfigured, failingMap });
