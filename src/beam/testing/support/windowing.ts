import { type Windowing, windowing } from "../../authoring/windowing";
import { runnerApi, type WindowingStrategyProto } from "../../sdk";

/** Options of Beam's windowing strategies that `windowing` fixes. */
export interface Behaviours {
  /** Decides whether a window that expires emits a last pane even if it is empty. */
  readonly closing?: "EMIT_ALWAYS" | "EMIT_IF_NONEMPTY";
  /** Decides whether the pane at the end of the window is emitted even if it is empty. */
  readonly onTime?: "FIRE_ALWAYS" | "FIRE_IF_NONEMPTY";
}

export function strategy({ closing, onTime, ...options }: Windowing & Behaviours): WindowingStrategyProto {
  return {
    ...windowing(options),
    closingBehavior: runnerApi.ClosingBehavior_Enum[closing ?? "EMIT_IF_NONEMPTY"],
    onTimeBehavior: runnerApi.OnTimeBehavior_Enum[onTime ?? "FIRE_IF_NONEMPTY"],
  };
}
