import {
  ASYNC_DO_FN_URN,
  ASYNC_BOUNDARY_DO_FN_URN,
  FRAGMENT_FN_URN,
  SPLITTABLE_DO_FN_URN,
  TAGGED_DO_FN_URN,
} from "../authoring/urns";
import { parDoPayload } from "../sdk/par-do";
import { AsyncOperator } from "./async";
import { combineConvert, combineExtract, combineMerge } from "./combine";
import { CombinePrecombineOperator } from "./combine-precombine";
import type { Operator, OperatorFactory, StageEnvironment } from "./contract";
import { assignTimestamps, forwarding, split } from "./element-wise";
import { FragmentOperator } from "./fragments";
import { transformOf } from "./graph";
import { SdkParDoOperator } from "./sdk-par-do";
import { SplittableProcessOperator } from "./splittable-process";
import { PairWithRestrictionOperator, SplitAndSizeOperator } from "./splittable-start";
import { TaggedOperator } from "./tagged";
import * as urns from "./urns";
import { windowInto } from "./window-into";

const DO_FN_FACTORIES: ReadonlyMap<string, OperatorFactory> = new Map([
  [TAGGED_DO_FN_URN, (...parts) => new TaggedOperator(...parts)],
  [ASYNC_DO_FN_URN, (...parts) => new AsyncOperator(...parts)],
  [FRAGMENT_FN_URN, (...parts) => new FragmentOperator(...parts)],
  [urns.SDK_DO_FN_URN, (...parts) => new SdkParDoOperator(...parts)],
  [urns.IDENTITY_DO_FN_URN, forwarding],
  // Only for runners that do not expand it, such as the direct runner. `stage.ts` makes the operator of an expanded
  // one.
  [ASYNC_BOUNDARY_DO_FN_URN, forwarding],
  [urns.SPLIT_DO_FN_URN, split],
  [urns.WINDOW_INTO_DO_FN_URN, windowInto],
  [urns.ASSIGN_TIMESTAMPS_DO_FN_URN, assignTimestamps],
] as const satisfies readonly (readonly [string, OperatorFactory])[]);

const parDo: OperatorFactory = (transformId, transform, environment) => {
  const { doFn, stateSpecs, timerFamilySpecs } = parDoPayload(transform);
  if (Object.keys(stateSpecs).length > 0 || Object.keys(timerFamilySpecs).length > 0) {
    throw new Error("It has state or timers of its own, which this SDK does not offer.");
  }
  const urn = doFn?.urn ?? "";
  const factory = DO_FN_FACTORIES.get(urn);
  if (factory !== undefined) return factory(transformId, transform, environment);
  if (urn === SPLITTABLE_DO_FN_URN) {
    throw new Error("A splittable DoFn must be expanded into its three transforms before it can run.");
  }
  throw new Error(`No operator exists for the DoFn kind "${urn}".`);
};

const FACTORIES: ReadonlyMap<string, OperatorFactory> = new Map([
  [urns.PAR_DO_URN, parDo],
  [urns.FLATTEN_URN, forwarding],
  [urns.SDF_PAIR_URN, (...parts) => new PairWithRestrictionOperator(...parts)],
  [urns.SDF_SPLIT_URN, (...parts) => new SplitAndSizeOperator(...parts)],
  [urns.SDF_PROCESS_URN, (...parts) => new SplittableProcessOperator(...parts)],
  [urns.COMBINE_PRECOMBINE_URN, (...parts) => new CombinePrecombineOperator(...parts)],
  [urns.COMBINE_MERGE_URN, combineMerge],
  [urns.COMBINE_EXTRACT_URN, combineExtract],
  [urns.COMBINE_CONVERT_URN, combineConvert],
] as const satisfies readonly (readonly [string, OperatorFactory])[]);

/** Makes the operator of one transform. Throws when its URN or its kind of DoFn is unknown. */
export function createOperator(transformId: string, environment: StageEnvironment): Operator {
  const transform = transformOf(environment.components, transformId);
  const factory = FACTORIES.get(transform.spec?.urn ?? "");
  if (factory === undefined) throw new Error(`No operator exists for the URN "${transform.spec?.urn ?? ""}".`);
  return factory(transformId, transform, environment);
}
