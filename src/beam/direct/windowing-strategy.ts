import { BeamError } from "../error";
import { runnerApi, type WindowingStrategyProto } from "../sdk";
import { GLOBAL_WINDOW_MAX_TIMESTAMP_MS, type IntervalWindow, maxTimestampMs } from "../values";
import { triggerFromProto } from "./triggers/from-proto";
import { defaultTrigger } from "./triggers/leaves";
import type { Trigger } from "./triggers/trigger";

export type OutputTime = "endOfWindow" | "earliest" | "latest";

/** A windowing strategy as a GroupByKey needs it. */
export interface Strategy {
  readonly merging: boolean;
  readonly trigger: Trigger;
  readonly accumulating: boolean;
  readonly outputTime: OutputTime;
  readonly allowedLatenessMs: number;
  /** Whether a window's last pane comes out even when it is empty. */
  readonly closeAlways: boolean;
  /** Whether the pane at the window's end comes out even when it is empty. */
  readonly onTimeAlways: boolean;
}

const WINDOW_FNS = new Set([
  "beam:window_fn:global_windows:v1",
  "beam:window_fn:fixed_windows:v1",
  "beam:window_fn:sliding_windows:v1",
  "beam:window_fn:session_windows:v1",
]);

/** Throws a `BeamError` that names what is not supported. */
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

/** When a window's state goes: its end plus the allowed lateness, but never so late that the end of time would not do. */
export function expiryMs(window: IntervalWindow, strategy: Strategy): number {
  return Math.min(maxTimestampMs(window) + strategy.allowedLatenessMs, GLOBAL_WINDOW_MAX_TIMESTAMP_MS);
}

function outputTimeOf(proto: runnerApi.OutputTime_Enum): OutputTime {
  if (proto === runnerApi.OutputTime_Enum.EARLIEST_IN_PANE) return "earliest";
  if (proto === runnerApi.OutputTime_Enum.LATEST_IN_PANE) return "latest";
  return "endOfWindow";
}
