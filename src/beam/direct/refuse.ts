import { BeamError } from "../error";
import type { PipelineProto } from "../sdk";
import { PAR_DO_URN, parDoPayload } from "../sdk/par-do";
import { SPLITTABLE_REQUIREMENT_URN } from "../authoring/urns";

export function refuse(sentence: string): BeamError {
  return new BeamError("PIPELINE", `${sentence}.`);
}

/** Refuses what the proto alone shows to be unsupported. The code that would execute a transform refuses the rest. */
export function refuseUnsupported(pipeline: PipelineProto): void {
  for (const requirement of pipeline.requirements) {
    if (requirement !== SPLITTABLE_REQUIREMENT_URN) {
      throw refuse(`The direct runner does not meet the pipeline's requirement ${requirement}`);
    }
  }
  for (const transform of Object.values(pipeline.components?.transforms ?? {})) {
    if (transform.spec?.urn !== PAR_DO_URN || transform.subtransforms.length > 0) continue;
    const payload = parDoPayload(transform);
    if (Object.keys(payload.stateSpecs).length > 0 || Object.keys(payload.timerFamilySpecs).length > 0) {
      throw refuse(`The direct runner does not support the state or timers of ${transform.uniqueName}`);
    }
  }
}
