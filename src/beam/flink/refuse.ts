import { requireRunnable } from "../checks";
import { BeamError } from "../error";
import { type PipelineProto, runnerApi } from "../sdk";
import { PAR_DO_URN, parDoPayload } from "../sdk/par-do";

/** Whether all of the pipeline's sources end by themselves. */
export function isBounded(pipeline: PipelineProto): boolean {
  const collections = Object.values(pipeline.components?.pcollections ?? {});
  return collections.every(({ isBounded }) => isBounded !== runnerApi.IsBounded_Enum.UNBOUNDED);
}

/**
 * Throws `BeamError` PIPELINE for what no runner can run, and for what would fail on Flink again and again. Beam's runner (2.62) keeps side inputs in state
 * that it cannot write into a checkpoint; a pipeline that ends has none.
 */
export function refuseWhatCannotRun(pipeline: PipelineProto): void {
  requireRunnable(pipeline);
  if (isBounded(pipeline)) return;
  const stage = Object.values(pipeline.components?.transforms ?? {}).find(
    (transform) => transform.spec?.urn === PAR_DO_URN && Object.keys(parDoPayload(transform).sideInputs).length > 0,
  );
  if (stage === undefined) return;
  throw new BeamError(
    "PIPELINE",
    `${stage.uniqueName}: side inputs cannot be kept in Flink's checkpoints, which a pipeline without an end has: bring the two together by a key, or use the direct runner.`,
  );
}
