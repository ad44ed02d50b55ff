import { type ComponentsProto, type runnerApi, sdkUrns, type TransformProto } from "../sdk";
import { GLOBAL_WINDOW, type IntervalWindow, maxTimestampMs } from "../values";
import { standardWindowAssigner } from "./window-assigner";

export type WindowMapping = (mainWindow: IntervalWindow) => IntervalWindow;

/** Returns the function that maps a window of the main input to a window of the side input. */
export function sideInputWindowMapping(
  sideInputId: string,
  sideInput: runnerApi.SideInput,
  transform: TransformProto,
  components: ComponentsProto,
): WindowMapping {
  const urn: string = sideInput.windowMappingFn?.urn ?? "";
  switch (urn) {
    case sdkUrns.GLOBAL_WINDOW_MAPPING_FN_URN:
      return () => GLOBAL_WINDOW;
    case sdkUrns.IDENTITY_WINDOW_MAPPING_FN_URN:
      return (window) => window;
    case sdkUrns.ASSIGN_MAX_TIMESTAMP_WINDOW_MAPPING_FN_URN: {
      const collection = components.pcollections[transform.inputs[sideInputId] ?? ""];
      const windowFn = components.windowingStrategies[collection?.windowingStrategyId ?? ""]?.windowFn;
      const assign = windowFn && standardWindowAssigner(windowFn);
      if (assign === undefined)
        throw new Error(`The windows of the side input "${sideInputId}" are not standard ones.`);
      // If several windows fit, the earliest is used, as in Beam's Java and Python SDKs. The assigner returns the
      // latest first.
      return (window) => assign(maxTimestampMs(window)).at(-1) ?? GLOBAL_WINDOW;
    }
    default:
      throw new Error(`The side input "${sideInputId}" maps its windows in an unknown way, "${urn}".`);
  }
}
