import { sideInputWindowMapping, type WindowMapping } from "../operators/side-input-windows";
import type { ComponentsProto, runnerApi, TransformProto } from "../sdk";
import { refuse } from "./refuse";
import { hasDefaultTrigger, strategyFromProto } from "./windowing-strategy";

const ITERABLE_URN = "beam:side_input:iterable:v1";

/** One side input of one transform. */
export interface SideInputSpec {
  readonly transformId: string;
  /** Tag of the side input among the transform's inputs. */
  readonly id: string;
  readonly pcollectionId: string;
  /** Maps a main input's window to a window of the side input. */
  readonly mapWindow: WindowMapping;
  /** True when a pane makes a window ready before its end. */
  readonly readyAtFirstPane: boolean;
  /** Time behind the watermark for which a main input may still ask for a window. */
  readonly allowedLatenessMs: number;
}

/** Returns a transform's side inputs. Throws a `BeamError` for unsupported access patterns and window mappings. */
export function sideInputsOf(
  transformId: string,
  transform: TransformProto,
  payload: runnerApi.ParDoPayload,
  components: ComponentsProto,
): SideInputSpec[] {
  return Object.entries(payload.sideInputs).map(([id, sideInput]) => {
    const pattern = sideInput.accessPattern?.urn ?? "";
    if (pattern !== ITERABLE_URN) {
      throw refuse(`The direct runner does not support side inputs of the kind ${pattern} (${transform.uniqueName})`);
    }
    const pcollectionId = transform.inputs[id]!;
    const [side, ...main] = [pcollectionId, ...Object.values(transform.inputs)].map((input) =>
      strategyFromProto(components.windowingStrategies[components.pcollections[input]!.windowingStrategyId]!),
    );
    return {
      transformId,
      id,
      pcollectionId,
      mapWindow: windowMappingOf(id, sideInput, transform, components),
      readyAtFirstPane: !hasDefaultTrigger(side!),
      allowedLatenessMs: Math.max(...main.map(({ allowedLatenessMs }) => allowedLatenessMs)),
    };
  });
}

function windowMappingOf(
  id: string,
  sideInput: runnerApi.SideInput,
  transform: TransformProto,
  components: ComponentsProto,
): WindowMapping {
  try {
    return sideInputWindowMapping(id, sideInput, transform, components);
  } catch {
    const urn = sideInput.windowMappingFn?.urn ?? "";
    throw refuse(`The direct runner does not support the window mapping ${urn} (${transform.uniqueName})`);
  }
}
