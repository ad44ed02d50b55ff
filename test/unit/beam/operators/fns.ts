/** DoFns for tests of the operators, steered through `remote` at run time, since they travel by name. */
import { asyncDoFn, type AsyncElement, type Calls, doFn, jsonCoder } from "../../../../src/beam/authoring";

export interface RemoteCall {
  readonly values: readonly number[];
  answer(): void;
  fail(error: Error): void;
}

/** The service that asynchronous DoFns of these tests call. */
export const remote = {
  calls: [] as RemoteCall[],
  open: 0,
  maxOpen: 0,
  torndown: 0,
  /** Counts of the objects that instances of `callPlain` share. */
  sharedOpened: 0,
  sharedClosed: 0,
  /** Values that their next call gives back. */
  refusals: new Set<number>(),
  /** When set, calls answer by themselves, after as many ticks as it returns. */
  automatic: undefined as (() => number) | undefined,
  reset(): void {
    Object.assign(remote, { calls: [], open: 0, maxOpen: 0, torndown: 0, sharedOpened: 0, sharedClosed: 0 });
    remote.automatic = undefined;
    remote.refusals = new Set();
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

const number = jsonCoder<number>("test:coder:number", 1);

export const evenOdd = doFn("test/evenOdd", {
  outputs: { even: number, odd: number },
  open: (_settings, { metrics }) => ({
    process(element: number, emit) {
      metrics.counter("seen").inc();
      metrics.distribution("values").update(element);
      metrics.gauge("last").set(element);
      void emit(element % 2 === 0 ? "even" : "odd", element);
    },
  }),
});

export const windows = doFn("test/windows", {
  outputs: { main: jsonCoder<string>("test:coder:text", 1) },
  open: () => ({
    process(element: number, emit, { window, timestampMs }) {
      void emit("main", `${element}@${window.startMs}..${window.endMs}`, timestampMs + 1);
    },
  }),
});

export const throwOn = doFn("test/throwOn", {
  outputs: { main: number },
  open: ({ bad }: { readonly bad: number }) => ({
    process(element: number, emit) {
      if (element === bad) throw new TypeError(`secret ${element}`);
      void emit("main", element);
    },
  }),
});

/** Returns its input, so it is used for texts as well. */
export const callPlain = asyncDoFn("test/callPlain", {
  outputs: { main: number },
  calls: (settings: Calls) => settings,
  open(_settings: Calls, { shared }) {
    shared.get(
      "test/remote",
      () => ++remote.sharedOpened,
      () => void remote.sharedClosed++,
    );
    return {
      async process([element]: readonly AsyncElement<number, { main: number }>[]) {
        if (element === undefined) throw new Error("A call without elements.");
        await call([element.value]);
        await element.emit("main", element.value);
      },
      close() {
        remote.torndown++;
      },
    };
  },
});

export const callBatched = asyncDoFn("test/callBatched", {
  outputs: { main: number },
  calls: (settings: Calls) => settings,
  open: (_settings: Calls) => ({
    sizeBytes: (value: number) => value,
    async process(elements: readonly AsyncElement<number, { main: number }>[]) {
      await call(elements.map(({ value }) => value));
      for (const { value, emit } of elements) void emit("main", value);
    },
  }),
});

/** Gives elements back that stand in `remote.refusals`, once. */
export const callPatient = asyncDoFn("test/callPatient", {
  outputs: { main: number },
  calls: (settings: Calls) => settings,
  open: (_settings: Calls) => ({
    async process(elements: readonly AsyncElement<number, { main: number }>[]) {
      await call(elements.map(({ value }) => value));
      const again = elements.filter(({ value }) => remote.refusals.delete(value));
      for (const element of elements) if (!again.includes(element)) void element.emit("main", element.value);
      return again.length === 0 ? undefined : { elements: again, delayMs: 20 };
    },
  }),
});

/**
 * The first call of an odd number emits it negated and asks to begin anew; the second, and any of an even one, emits
 * it.
 */
export const callTwiceForOdd = asyncDoFn("test/callTwiceForOdd", {
  outputs: { main: number },
  calls: (settings: Calls) => settings,
  open(_settings: Calls, { metrics, shared }) {
    const seen = shared.get("test/seen", () => new Set<number>());
    const calls = metrics.counter("calls");
    return {
      async process(elements: readonly AsyncElement<number, { main: number }>[]) {
        await call(elements.map(({ value }) => value));
        for (const { value, emit, again } of elements) {
          calls.inc();
          const isFirst = value % 2 === 1 && !seen.has(value);
          seen.add(value);
          if (isFirst) {
            void emit("main", -value);
            again();
          }
          void emit("main", value);
        }
      },
      close() {
        remote.torndown++;
      },
    };
  },
});
