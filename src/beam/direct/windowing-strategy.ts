import { BeamError } from "../error";
import { runnerApi, type WindowingStrategyProto } from "../sdk";
import { GLOBAL_WINDOW_MAX_TIMESTAMP_MS, type IntervalWindow, maxTimestampMs } from "../values";
import { triggerFromProto } from "./triggers/from-proto";
import { defaultTrigger } from "./triggers/leaves";
import type { Trigger } from "./triggers/trigger";

export type OutputTime = "endOfWindow" | "earliest" | "latest";

/** A windowing strategy in the form that a GroupByKey needs. */
export interface Strategy {
  readonly merging: boolean;
  readonly trigger: Trigger;
  readonly accumulating: boolean;
  readonly outputTime: OutputTime;
  readonly allowedLatenessMs: number;
  /** True when a window's last pane is emitted even if it is empty. */
  readonly closeAlways: boolean;
  /** True when the pane at the window's end is emitted even if it is empty. */
  readonly onTimeAlways: boolean;
}

const WINDOW_FNS = new Set([
  "beam:window_fn:global_windows:v1",
  "beam:window_fn:fixed_windows:v1",
  "beam:window_fn:sliding_windows:v1",
  "beam:window_fn:session_windows:v1",
]);

/** Converts the proto. Throws a `BeamError` that names an unsupported part. */
export function strategyFromProto(proto: WindowingStrategyProto): Strategy {
  const urn = proto.windowFn?.urn ?? "";
  const merging = proto.mergeStatus === runnerApi.MergeStatus_Enum.NEEDS_MERGE;
  if (merging && !WINDOW_FNS.has(urn)) {
    throw new BeamError("PIPELINE", `The direct runner cannot merge the windows of ${urn}; use sessions.`);
  }
  if (proto.accumulationMode === runnerApi.AccumulationMode_Enum.RETRACTING) {
    throw new BeamError(
      "PIPELINE",
      "The direct runner does not support retracting panes; use discarding or accumulating.",
    );
  }
  return {
    merging,
    trigger: triggerFromProto(proto.trigger),
    accumulating: proto.accumulationMode === runnerApi.AccumulationMode_Enum.ACCUMULATING,
    outputTime: outputTimeOf(proto.outputTime),
    allowedLatenessMs: Number(proto.allowedLateness),
    closeAlways: proto.closingBehavior === runnerApi.ClosingBehavior_Enum.EMIT_ALWAYS,
    onTimeAlways: proto.onTimeBehavior !== runnerApi.OnTimeBehavior_Enum.FIRE_IF_NONEMPTY,
  };
}

export function hasDefaultTrigger(strategy: Strategy): boolean {
  return strategy.trigger === defaultTrigger;
}

/**
 * Returns the time at which a window's state expires: its end plus the allowed lateness, at most the maximum timestamp
 * of the global window, so that its timer can still fire.
 */
export function expiryMs(window: IntervalWindow, strategy: Strategy): number {
  return Math.min(maxTimestampMs(window) + strategy.allowedLatenessMs, GLOBAL_WINDOW_MAX_TIMESTAMP_MS);
}

function outputTimeOf(proto: runnerApi.OutputTime_Enum): OutputTime {
  if (proto === runnerApi.OutputTime_Enum.EARLIEST_IN_PANE) return "earliest";
  if (proto === runnerApi.OutputTime_Enum.LATEST_IN_PANE) return "latest";
  return "endOfWindow";
}
