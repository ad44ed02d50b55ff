/** DoFns for tests of the operators; what they do at run time is steered through `remote`, since they travel by name. */
import {
  type AsyncDoFn,
  type AsyncElement,
  type Batching,
  type Emit,
  type ElementContext,
  type Metrics,
  registerForSerialization,
  type SetupContext,
  type TaggedDoFn,
} from "../../../../src/beam/authoring";

export interface RemoteCall {
  readonly values: readonly number[];
  answer(): void;
  fail(error: Error): void;
}

/** The service that AsyncDoFns of these tests call. */
export const remote = {
  calls: [] as RemoteCall[],
  open: 0,
  maxOpen: 0,
  torndown: 0,
  /** When set, calls answer by themselves, after as many ticks as it says. */
  automatic: undefined as (() => number) | undefined,
  reset(): void {
    Object.assign(remote, { calls: [], open: 0, maxOpen: 0, torndown: 0, automatic: undefined });
  },
};

export function call(values: readonly number[]): Promise<void> {
  remote.maxOpen = Math.max(remote.maxOpen, ++remote.open);
  return new Promise<void>((resolve, reject) => {
    const answer = (): void => {
      remote.open--;
      resolve();
    };
    const fail = (error: Error): void => {
      remote.open--;
      reject(error);
    };
    remote.calls.push({ values, answer, fail });
    if (remote.automatic !== undefined) {
      let ticks = remote.automatic();
      const tick = (): void => void (ticks-- <= 0 ? answer() : setImmediate(tick));
      tick();
    }
  });
}

export class EvenOdd implements TaggedDoFn<number, { even: number; odd: number }> {
  private metrics: Metrics | undefined;

  setup({ metrics }: SetupContext): void {
    this.metrics = metrics;
  }

  process(element: number, emit: Emit<{ even: number; odd: number }>): void {
    this.metrics?.counter("seen").inc();
    this.metrics?.distribution("values").update(element);
    this.metrics?.gauge("last").set(element);
    void emit(element % 2 === 0 ? "even" : "odd", element);
  }
}

export class Windows implements TaggedDoFn<number, { main: string }> {
  process(element: number, emit: Emit<{ main: string }>, { window, timestampMs }: ElementContext): void {
    void emit("main", `${element}@${window.startMs}..${window.endMs}`, timestampMs + 1);
  }
}

export class ThrowOn implements TaggedDoFn<number, { main: number }> {
  constructor(private readonly bad: number) {}

  process(element: number, emit: Emit<{ main: number }>): void {
    if (element === this.bad) throw new TypeError(`secret ${element}`);
    void emit("main", element);
  }
}

export class CallPlain implements AsyncDoFn<number, { main: number }> {
  constructor(
    readonly pool: string,
    readonly maxConcurrentCalls: number,
  ) {}

  async process([element]: readonly AsyncElement<number, { main: number }>[]): Promise<void> {
    if (element === undefined) throw new Error("A call without elements.");
    await call([element.value]);
    await element.emit("main", element.value);
  }

  teardown(): void {
    remote.torndown++;
  }
}

export class CallBatched implements AsyncDoFn<number, { main: number }> {
  constructor(
    readonly pool: string,
    readonly maxConcurrentCalls: number,
    readonly batching: Batching,
  ) {}

  sizeBytes(value: number): number {
    return value;
  }

  async process(elements: readonly AsyncElement<number, { main: number }>[]): Promise<void> {
    await call(elements.map(({ value }) => value));
    for (const { value, emit } of elements) void emit("main", value);
  }
}

registerForSerialization("test/operators", { EvenOdd, Windows, ThrowOn, CallPlain, CallBatched });
