/**
 * Windows in milliseconds, where the SDK has whole seconds, and the parts that the SDK's windowing lacks: triggers,
 * accumulation mode, allowed lateness and timestamp combiner.
 */
import {
  type AnyWindowFn,
  type Coder,
  FixedWindowsPayload,
  IntervalWindowCoder,
  registerForSerialization,
  runnerApi,
  type SdkIntervalWindow,
  type SdkWindowFn,
  SessionWindowsPayload,
  SlidingWindowsPayload,
  type WindowingStrategyProto,
} from "../sdk";

export type TriggerProto = runnerApi.Trigger;

export interface Windowing {
  /** When panes fire. Default: `defaultTrigger()`. */
  readonly trigger?: TriggerProto;
  /** Decides whether a later pane repeats the elements of earlier panes. Default: "discarding". */
  readonly accumulation?: "discarding" | "accumulating";
  /** How long after the end of its window, measured by the watermark, an element is still accepted. Default 0. */
  readonly allowedLatenessMs?: number;
  /** Timestamp of a pane's output. Default: "endOfWindow". */
  readonly timestampCombiner?: "endOfWindow" | "latest" | "earliest";
}

const ACCUMULATION_MODES = {
  discarding: runnerApi.AccumulationMode_Enum.DISCARDING,
  accumulating: runnerApi.AccumulationMode_Enum.ACCUMULATING,
} as const;

const OUTPUT_TIMES = {
  endOfWindow: runnerApi.OutputTime_Enum.END_OF_WINDOW,
  latest: runnerApi.OutputTime_Enum.LATEST_IN_PANE,
  earliest: runnerApi.OutputTime_Enum.EARLIEST_IN_PANE,
} as const;

/**
 * Makes the second argument of the SDK's `windowInto(windowFn, …)`. The SDK fills in the parts that depend on the
 * window function.
 */
export function windowing(options: Windowing): WindowingStrategyProto {
  return runnerApi.WindowingStrategy.create({
    trigger: options.trigger ?? defaultTrigger(),
    accumulationMode: ACCUMULATION_MODES[options.accumulation ?? "discarding"],
    outputTime: OUTPUT_TIMES[options.timestampCombiner ?? "endOfWindow"],
    closingBehavior: runnerApi.ClosingBehavior_Enum.EMIT_IF_NONEMPTY,
    onTimeBehavior: runnerApi.OnTimeBehavior_Enum.FIRE_ALWAYS,
    allowedLateness: BigInt(options.allowedLatenessMs ?? 0),
  });
}

/** Fires when the watermark passes the window's end, then for every late element. */
export function defaultTrigger(): TriggerProto {
  return { trigger: { oneofKind: "default", default: {} } };
}

/**
 * Fires when the watermark passes the window's end. Before that it fires each time `early` does, after that each time
 * `late` does.
 */
export function afterWatermark(
  firings: { readonly early?: TriggerProto; readonly late?: TriggerProto } = {},
): TriggerProto {
  const { early, late } = firings;
  if (early?.trigger.oneofKind !== undefined && isComposite(withoutRepetition(early))) {
    return spelledOut(withoutRepetition(early), late);
  }
  const afterEndOfWindow = runnerApi.Trigger_AfterEndOfWindow.create({
    ...(early === undefined ? {} : { earlyFirings: withoutRepetition(early) }),
    ...(late === undefined ? {} : { lateFirings: withoutRepetition(late) }),
  });
  return { trigger: { oneofKind: "afterEndOfWindow", afterEndOfWindow } };
}

/**
 * Composes the trigger with early firings from simpler ones. Beam's Java runners reset only the trigger itself after an
 * early firing, but not its parts (AfterWatermarkStateMachine, Beam 2.62): the part that fired would fire again with
 * every later element.
 */
function spelledOut(early: TriggerProto, late: TriggerProto | undefined): TriggerProto {
  const main = repeatedly(early);
  const untilEnd: TriggerProto = {
    trigger: { oneofKind: "orFinally", orFinally: { main, finally: afterWatermark() } },
  };
  if (late === undefined) return untilEnd;
  const subtriggers = [untilEnd, repeatedly(withoutRepetition(late))];
  return { trigger: { oneofKind: "afterEach", afterEach: { subtriggers } } };
}

function isComposite({ trigger }: TriggerProto): boolean {
  return ["afterAny", "afterAll", "afterEach", "orFinally"].includes(trigger.oneofKind ?? "");
}

/**
 * Unwraps a repeated trigger: early and late firings repeat by themselves, and Beam's Java runners refuse an explicit
 * repetition.
 */
function withoutRepetition(firing: TriggerProto): TriggerProto {
  const { trigger } = firing;
  return trigger.oneofKind === "repeat" && trigger.repeat.subtrigger !== undefined ? trigger.repeat.subtrigger : firing;
}

/** Fires when the pane holds at least `count` elements. */
export function afterCount(count: number): TriggerProto {
  return { trigger: { oneofKind: "elementCount", elementCount: { elementCount: count } } };
}

/** Fires `delayMs` of processing time after the pane's first element. */
export function afterProcessingTime(delayMs: number): TriggerProto {
  const delay = { delayMillis: BigInt(delayMs) };
  const timestampTransforms = [
    runnerApi.TimestampTransform.create({ timestampTransform: { oneofKind: "delay", delay } }),
  ];
  return { trigger: { oneofKind: "afterProcessingTime", afterProcessingTime: { timestampTransforms } } };
}

/** Fires as soon as any of `triggers` fires. */
export function afterAny(...triggers: TriggerProto[]): TriggerProto {
  return { trigger: { oneofKind: "afterAny", afterAny: { subtriggers: triggers } } };
}

/** Starts `trigger` again whenever it has fired. */
export function repeatedly(trigger: TriggerProto): TriggerProto {
  return { trigger: { oneofKind: "repeat", repeat: { subtrigger: trigger } } };
}

/**
 * Windows of equal size, one after the other. One of them begins at `offsetMs`. Throws a RangeError for a size that is
 * not a positive whole number.
 */
export function fixedWindowsMs(sizeMs: number, offsetMs = 0): AnyWindowFn {
  return new WindowsMs("fixed", { sizeMs: positive("sizeMs", sizeMs), offsetMs: whole("offsetMs", offsetMs) });
}

/**
 * Windows of `sizeMs` that begin every `periodMs`. An element is in several windows, or in none when windows have gaps.
 * Throws a RangeError for sizes that are not positive whole numbers.
 */
export function slidingWindowsMs(sizeMs: number, periodMs: number, offsetMs = 0): AnyWindowFn {
  return new WindowsMs("sliding", {
    sizeMs: positive("sizeMs", sizeMs),
    periodMs: positive("periodMs", periodMs),
    offsetMs: whole("offsetMs", offsetMs),
  });
}

/**
 * Session windows: elements less than `gapMs` apart share a window. Throws a RangeError for a gap that is not a
 * positive whole number.
 */
export function sessionsMs(gapMs: number): AnyWindowFn {
  return new WindowsMs("session", { gapMs: positive("gapMs", gapMs) });
}

const PAYLOADS = {
  fixed: ({ sizeMs = 0, offsetMs = 0 }: DurationsMs) =>
    FixedWindowsPayload.toBinary({ size: durationOf(sizeMs), offset: durationOf(offsetMs) }),
  sliding: ({ sizeMs = 0, periodMs = 0, offsetMs = 0 }: DurationsMs) =>
    SlidingWindowsPayload.toBinary({
      size: durationOf(sizeMs),
      period: durationOf(periodMs),
      offset: durationOf(offsetMs),
    }),
  session: ({ gapMs = 0 }: DurationsMs) => SessionWindowsPayload.toBinary({ gapSize: durationOf(gapMs) }),
} as const;

type DurationsMs = Partial<Record<"sizeMs" | "periodMs" | "offsetMs" | "gapMs", number>>;

/** One of Beam's standard window functions. Operators and runners recognise it by its URN and payload. */
class WindowsMs implements SdkWindowFn<SdkIntervalWindow> {
  readonly beamName: string;

  constructor(
    private readonly kind: keyof typeof PAYLOADS,
    private readonly durations: DurationsMs,
  ) {
    this.beamName = `${kind}WindowsMs(${Object.values(durations).join(", ")})`;
  }

  assignWindows(): SdkIntervalWindow[] {
    throw new Error("A standard window function is assigned by its operator.");
  }

  windowCoder(): Coder<SdkIntervalWindow> {
    return new IntervalWindowCoder();
  }

  toProto(): runnerApi.FunctionSpec {
    return { urn: `beam:window_fn:${this.kind}_windows:v1`, payload: PAYLOADS[this.kind](this.durations) };
  }

  isMerging(): boolean {
    return this.kind === "session";
  }

  assignsToOneWindow(): boolean {
    return this.kind !== "sliding";
  }
}

function positive(name: string, ms: number): number {
  if (Number.isSafeInteger(ms) && ms > 0) return ms;
  throw new RangeError(`${name} must be a whole number of milliseconds above 0, not ${ms}.`);
}

function whole(name: string, ms: number): number {
  if (Number.isSafeInteger(ms)) return ms;
  throw new RangeError(`${name} must be a whole number of milliseconds, not ${ms}.`);
}

function durationOf(ms: number): { seconds: bigint; nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 };
}

registerForSerialization("beam/authoring/windowing", { WindowsMs });
