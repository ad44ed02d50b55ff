import { BeamError } from "../error";
import type { ComponentsProto, TransformProto } from "../sdk";
import { parDoPayload } from "../sdk/par-do";
import { PAR_DO_URN, SDF_PAIR_URN, SDF_PROCESS_URN, SDF_SPLIT_URN } from "./urns";

const PAR_DO_URNS: ReadonlySet<string> = new Set([PAR_DO_URN, SDF_PAIR_URN, SDF_SPLIT_URN, SDF_PROCESS_URN]);

export function transformOf(components: ComponentsProto, transformId: string): TransformProto {
  const transform = components.transforms[transformId];
  if (transform === undefined) throw new Error(`The pipeline has no transform "${transformId}".`);
  return transform;
}

/** Returns the PCollections whose elements the transform processes: all its inputs except side inputs. */
export function mainInputs(transform: TransformProto): string[] {
  const inputs = Object.entries(transform.inputs);
  if (!PAR_DO_URNS.has(transform.spec?.urn ?? "")) return inputs.map(([, id]) => id);
  const { sideInputs } = parDoPayload(transform);
  return inputs.filter(([tag]) => !(tag in sideInputs)).map(([, id]) => id);
}

export function hasSideInputs(transform: TransformProto): boolean {
  return mainInputs(transform).length < Object.keys(transform.inputs).length;
}

/**
 * Sorts transforms so that each comes behind all that feed it by one of its `inputsOf`. Throws a BeamError for a
 * circle.
 */
export function inTopologicalOrder(
  components: ComponentsProto,
  transformIds: readonly string[],
  inputsOf: (transform: TransformProto) => readonly string[] = mainInputs,
): string[] {
  const producerOf = new Map<string, string>();
  for (const id of transformIds) {
    for (const pcollectionId of Object.values(transformOf(components, id).outputs)) producerOf.set(pcollectionId, id);
  }
  const sorted = new Set<string>();
  const open = new Set<string>();
  const visit = (id: string): void => {
    if (sorted.has(id)) return;
    const transform = transformOf(components, id);
    if (open.has(id)) throw new BeamError("PIPELINE", `The transform ${transform.uniqueName} feeds itself.`);
    open.add(id);
    for (const input of inputsOf(transform)) {
      const producer = producerOf.get(input);
      if (producer !== undefined) visit(producer);
    }
    open.delete(id);
    sorted.add(id);
  };
  transformIds.forEach(visit);
  return [...sorted];
}

/** Returns the transforms, among those given, that elements of this one reach, without the transform itself. */
export function downstreamOf(
  components: ComponentsProto,
  transformId: string,
  transformIds: readonly string[],
): string[] {
  const reached = new Set(Object.values(transformOf(components, transformId).outputs));
  return inTopologicalOrder(components, transformIds).filter((id) => {
    const transform = transformOf(components, id);
    if (id === transformId || !mainInputs(transform).some((input) => reached.has(input))) return false;
    for (const output of Object.values(transform.outputs)) reached.add(output);
    return true;
  });
}
