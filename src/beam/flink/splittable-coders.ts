import type { ComponentsProto, PipelineProto } from "../sdk";
import { PAR_DO_URN, parDoPayload } from "../sdk/par-do";

/**
 * Gives the inputs of splittable DoFns different coder ids, where several share one. Beam's Java runners name the coder
 * of element and restriction after the input's coder alone (SplittableParDoExpander, Beam 2.62). So of two splittable
 * DoFns that read the same type, one would get the other's restriction coder. Returns a changed copy.
 */
export function withCodersOfTheirOwn(pipeline: PipelineProto): PipelineProto {
  const components: ComponentsProto = {
    ...pipeline.components!,
    coders: { ...pipeline.components!.coders },
    pcollections: { ...pipeline.components!.pcollections },
  };
  const taken = new Map<string, string>();
  for (const transform of Object.values(components.transforms)) {
    if (transform.spec?.urn !== PAR_DO_URN) continue;
    const payload = parDoPayload(transform);
    if (payload.restrictionCoderId === "") continue;
    const [, inputId] = Object.entries(transform.inputs).find(([tag]) => !(tag in payload.sideInputs)) ?? [];
    const input = inputId === undefined ? undefined : components.pcollections[inputId];
    if (inputId === undefined || input === undefined) continue;
    const { coderId } = input;
    if (taken.get(coderId) === undefined || taken.get(coderId) === payload.restrictionCoderId) {
      taken.set(coderId, payload.restrictionCoderId);
      continue;
    }
    const ownId = `${coderId}_of_${inputId}`;
    components.coders[ownId] = components.coders[coderId]!;
    components.pcollections[inputId] = { ...input, coderId: ownId };
    taken.set(ownId, payload.restrictionCoderId);
  }
  return { ...pipeline, components };
}
