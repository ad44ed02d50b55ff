/**
 * Assigns windows by timestamp. An element's previous windows are forgotten, but it is emitted once for each of them.
 */
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

/**
 * Takes the window function from the output's windowing strategy. The transform's own copy has gone through the SDK's
 * serialisation and cannot describe itself any more.
 */
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
