/** Assigns windows by timestamp; the windows that the element was in are forgotten, one copy for each of them stays. */
import type { SdkWindow, SdkWindowFn } from "../sdk";
import { fromSdkWindow, toSdkInstant } from "../sdk-values";
import type { OperatorFactory } from "./contract";
import { deserializeDoFn, onlyOutput } from "./outputs";
import { standardWindowAssigner, type WindowAssigner } from "./window-assigner";

export const windowInto: OperatorFactory = (_transformId, transform, environment) => {
  const receiver = onlyOutput(transform, environment);
  const { windowFn } = deserializeDoFn<{ windowFn: SdkWindowFn<SdkWindow> }>(transform);
  const assign = standardWindowAssigner(windowFn.toProto()) ?? sdkWindowAssigner(windowFn);
  return {
    process({ value, timestampMs, windows: before, pane }) {
      const assigned = assign(timestampMs);
      if (assigned.length === 0) return undefined;
      const windows = before.length === 1 ? assigned : before.flatMap(() => assigned);
      return receiver.receive({ value, timestampMs, windows, pane });
    },
  };
};

function sdkWindowAssigner(windowFn: SdkWindowFn<SdkWindow>): WindowAssigner {
  return (timestampMs) => windowFn.assignWindows(toSdkInstant(timestampMs)).map(fromSdkWindow);
}
