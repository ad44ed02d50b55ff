/** Assigns windows by timestamp; the windows that the element was in are forgotten, one copy for each of them stays. */
import type { runnerApi, SdkWindow, SdkWindowFn, TransformProto } from "../sdk";
import { fromSdkWindow, toSdkInstant } from "../sdk/values";
import type { OperatorFactory, StageEnvironment } from "./contract";
import { deserializeDoFn, onlyOutput } from "./outputs";
import { standardWindowAssigner, type WindowAssigner } from "./window-assigner";

export const windowInto: OperatorFactory = (_transformId, transform, environment) => {
  const receiver = onlyOutput(transform, environment);
  const assign = standardWindowAssigner(windowFnOf(transform, environment)) ?? sdkWindowAssigner(transform);
  return {
    process({ value, timestampMs, windows: before, pane }) {
      const assigned = assign(timestampMs);
      if (assigned.length === 0) return undefined;
      const windows = before.length === 1 ? assigned : before.flatMap(() => assigned);
      return receiver.receive({ value, timestampMs, windows, pane });
    },
  };
};

/** From the output's strategy: the transform's own copy went through the SDK's serialisation and can no longer describe itself. */
function windowFnOf(transform: TransformProto, { components }: StageEnvironment): runnerApi.FunctionSpec {
  const strategies = Object.values(transform.outputs).map(
    (id) => components.pcollections[id]?.windowingStrategyId ?? "",
  );
  const windowFn = components.windowingStrategies[strategies[0] ?? ""]?.windowFn;
  if (windowFn === undefined) throw new Error(`The output of ${transform.uniqueName} has no window function.`);
  return windowFn;
}

function sdkWindowAssigner(transform: TransformProto): WindowAssigner {
  const { windowFn } = deserializeDoFn<{ windowFn: SdkWindowFn<SdkWindow> }>(transform);
  return (timestampMs) => windowFn.assignWindows(toSdkInstant(timestampMs)).map(fromSdkWindow);
}
