import { type Windowing, windowing } from "../../authoring/windowing";
import { runnerApi, type WindowingStrategyProto } from "../../sdk";

/** What the project's own `windowing` settles once for all, but Beam's model leaves open. */
export interface Behaviours {
  /** Whether a window that expires emits a last pane even when it is empty. */
  readonly closing?: "EMIT_ALWAYS" | "EMIT_IF_NONEMPTY";
  /** Whether the pane at the end of the window is emitted even when it is empty. */
  readonly onTime?: "FIRE_ALWAYS" | "FIRE_IF_NONEMPTY";
}

export function strategy({ closing, onTime, ...options }: Windowing & Behaviours): WindowingStrategyProto {
  return {
    ...windowing(options),
    closingBehavior: runnerApi.ClosingBehavior_Enum[closing ?? "EMIT_IF_NONEMPTY"],
    onTimeBehavior: runnerApi.OnTimeBehavior_Enum[onTime ?? "FIRE_IF_NONEMPTY"],
  };
}
