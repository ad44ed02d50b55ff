/**
 * Corrects how the SDK derives windowing and boundedness of a transform's outputs (apache-beam 2.49.0). The SDK uses
 * the common value of all inputs, side inputs included, and throws "Unable to deduce single value from [object Set]"
 * when they differ. Here, as in Beam's other SDKs, windowing comes from the main inputs, which must all have the same,
 * and an output is unbounded when any input is, be it a side input.
 */
import { isDeepStrictEqual } from "node:util";
import { Pipeline } from "apache-beam/internal/pipeline";
import * as runnerApi from "apache-beam/proto/beam_runner_api";
import { flattenPValue, type PCollection } from "apache-beam/pvalue";
import { BeamError } from "../error";

const PAR_DO_URN = "beam:transform:pardo:v1";
const { BOUNDED, UNBOUNDED } = runnerApi.IsBounded_Enum;

type Derive = (this: Pipeline, transform: never, proto: runnerApi.PTransform, result: PCollection<unknown>) => unknown;

const sdk = Pipeline.prototype as unknown as { postApplyTransform: Derive };
const { postApplyTransform: derive } = sdk;

// The SDK does not change values that are already set.
sdk.postApplyTransform = function (transform, proto, result) {
  const components = this.getProto().components!;
  const made = Object.values(flattenPValue(result)).map((collection) => components.pcollections[collection.getId()]!);
  const inputs = Object.values(proto.inputs).map((id) => components.pcollections[id]!);
  for (const collection of made) {
    if (collection.isBounded !== UNBOUNDED && collection.isBounded !== BOUNDED) {
      collection.isBounded = inputs.some(({ isBounded }) => isBounded === UNBOUNDED) ? UNBOUNDED : BOUNDED;
    }
    if (!collection.windowingStrategyId && inputs.length > 0) {
      collection.windowingStrategyId = commonWindowing(proto, components);
    }
  }
  return derive.call(this, transform, proto, result);
};

function commonWindowing(
  proto: runnerApi.PTransform,
  { pcollections, windowingStrategies }: runnerApi.Components,
): string {
  const sideInputs =
    proto.spec?.urn === PAR_DO_URN ? runnerApi.ParDoPayload.fromBinary(proto.spec.payload).sideInputs : {};
  const [first, ...others] = Object.entries(proto.inputs)
    .filter(([tag]) => !(tag in sideInputs))
    .map(([, id]) => pcollections[id]!.windowingStrategyId);
  if (others.every((other) => isDeepStrictEqual(windowingStrategies[other], windowingStrategies[first!])))
    return first!;
  throw new BeamError(
    "PIPELINE",
    `"${proto.uniqueName}" brings together collections of different windowing: apply the same windowInto to each of them first.`,
  );
}
