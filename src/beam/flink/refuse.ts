import { requireRunnable } from "../checks";
import { BeamError } from "../error";
import { type PipelineProto, runnerApi } from "../sdk";
import { PAR_DO_URN, parDoPayload } from "../sdk/par-do";

/** Returns true when all of the pipeline's sources end by themselves. */
export function isBounded(pipeline: PipelineProto): boolean {
  const collections = Object.values(pipeline.components?.pcollections ?? {});
  return collections.every(({ isBounded }) => isBounded !== runnerApi.IsBounded_Enum.UNBOUNDED);
}

/**
 * Throws `BeamError` PIPELINE for a pipeline that no runner can run, or that would fail on Flink again and again.
 * Beam's runner (2.62) keeps side inputs in state that it cannot write into a checkpoint. A bounded pipeline takes no
 * checkpoints.
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
