/**
 * Functions and DoFns as users of the SDK write them. They are registered, so that they may use variables from around
 * them.
 */
import {
  registerForSerialization,
  type SdkDoFn,
  SdkGlobalWindow,
  type SdkPaneInfo,
  SdkTiming,
  type SdkWindow,
  type SdkWindowedValue,
} from "../../sdk";
import Long from "long";

export interface Seen {
  readonly value: unknown;
  readonly timestampMs: number;
  readonly windowMaxMs: number;
  readonly pane: {
    readonly timing: string;
    readonly index: number;
    readonly isFirst: boolean;
    readonly isLast: boolean;
  };
}

interface ContextParams {
  readonly window: { lookup(): SdkWindow };
  readonly timestamp: { lookup(): Long };
  readonly pane: { lookup(): SdkPaneInfo };
}

/** Emits the values of the SDK's context parameters for an element. */
export const SeeContext: SdkDoFn<unknown, Seen, ContextParams> = {
  *process(value, { window, timestamp, pane }) {
    const { timing, index, isFirst, isLast } = pane.lookup();
    yield {
      value,
      timestampMs: timestamp.lookup().toNumber(),
      windowMaxMs: window.lookup().maxTimestamp().toNumber(),
      pane: { timing, index, isFirst, isLast },
    };
  },
};

/** Sums up a bundle and emits the sum in the SDK's finishBundle. */
export class SumBundle {
  private sum = 0;

  startBundle(): void {
    this.sum = 0;
  }

  process(value: number): void {
    this.sum += value;
  }

  finishBundle(): Iterable<SdkWindowedValue<number>> {
    return [
      {
        value: this.sum,
        windows: [new SdkGlobalWindow()],
        pane: { timing: SdkTiming.UNKNOWN, index: 0, onTimeIndex: 0, isFirst: true, isLast: true },
        timestamp: Long.fromNumber(1_000),
      },
    ];
  }
}

export function double(value: number): number {
  return value * 2;
}

export function upTo(value: number): number[] {
  return Array.from({ length: value }, (_, index) => index);
}

export function evenOrOdd(value: number): { even: number } | { odd: number } {
  return value % 2 === 0 ? { even: value } : { odd: value };
}

export function keyOf(element: { readonly key: string }): string {
  return element.key;
}

export function valueOf(element: { readonly value: number }): number {
  return element.value;
}

export function larger(a: number, b: number): number {
  return Math.max(a, b);
}

export function readTwice({ value }: { readonly value: Iterable<unknown> }): string {
  return `${[...value].length} values, then ${[...value].length}`;
}

export function toInstant(value: number): Long {
  return Long.fromNumber(value);
}

/** Reads one side input, named `side`. */
export function withSingleton(value: unknown, { side }: { side: { lookup(): unknown } }): unknown {
  return { value, side: side.lookup() };
}

export function withIterable(value: unknown, { side }: { side: { lookup(): Iterable<unknown> } }): unknown {
  return { value, side: [...side.lookup()].map((one) => JSON.stringify(one)).sort() };
}

/** Reads an iterable side input `left` and a singleton `right`. */
export function withTwo(
  value: unknown,
  { left, right }: { left: { lookup(): Iterable<unknown> }; right: { lookup(): unknown } },
): unknown {
  return { value, left: [...left.lookup()].map((one) => JSON.stringify(one)).sort(), right: right.lookup() };
}

/** Computes the mean as numerator and denominator, so that accumulators have another type than inputs and outputs. */
export const exactMean = {
  createAccumulator: (): { sum: number; count: number } => ({ sum: 0, count: 0 }),
  addInput: (accumulator: { sum: number; count: number }, value: number): { sum: number; count: number } => ({
    sum: accumulator.sum + value,
    count: accumulator.count + 1,
  }),
  mergeAccumulators: (accumulators: Iterable<{ sum: number; count: number }>): { sum: number; count: number } => {
    const merged = { sum: 0, count: 0 };
    for (const { sum, count } of accumulators) {
      merged.sum += sum;
      merged.count += count;
    }
    return merged;
  },
  extractOutput: ({ sum, count }: { sum: number; count: number }): string => `${sum}/${count}`,
};

registerForSerialization("conformance/sdk", {
  SeeContext,
  SumBundle,
  double,
  upTo,
  evenOrOdd,
  keyOf,
  valueOf,
  larger,
  toInstant,
  readTwice,
  withSingleton,
  withIterable,
  withTwo,
  exactMean,
});
