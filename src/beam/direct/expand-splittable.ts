import { ASYNC_BOUNDARY_DO_FN_URN } from "../authoring/urns";
import { SDF_PAIR_URN, SDF_PROCESS_URN, SDF_SPLIT_URN } from "../operators/urns";
import { type ComponentsProto, runnerApi, type TransformProto } from "../sdk";

const KV_CODER_URN = "beam:coder:kv:v1";
const DOUBLE_CODER_URN = "beam:coder:double:v1";

/**
 * Expands each splittable ParDo to the three transforms that run it: element → KV<element, restriction> →
 * KV<KV<element, restriction>, size> → outputs. The last one keeps the ParDo's id and name. Returns a changed copy.
 */
export function expandSplittables(
  components: ComponentsProto,
  payloadOf: (transform: TransformProto) => runnerApi.ParDoPayload,
  isParDo: (transform: TransformProto) => boolean,
): ComponentsProto {
  const expanded = {
    ...components,
    transforms: { ...components.transforms },
    pcollections: { ...components.pcollections },
    coders: { ...components.coders },
  };
  for (const [id, transform] of Object.entries(components.transforms)) {
    if (transform.subtransforms.length > 0 || !isParDo(transform)) continue;
    const { restrictionCoderId, doFn } = payloadOf(transform);
    // An `asyncBoundary` is left out: a node of its own runs it, without restrictions.
    if (doFn?.urn === ASYNC_BOUNDARY_DO_FN_URN) continue;
    if (restrictionCoderId !== "") expandOne(expanded, id, transform, restrictionCoderId);
  }
  return expanded;
}

function expandOne(
  components: ComponentsProto,
  id: string,
  transform: TransformProto,
  restrictionCoderId: string,
): void {
  const [inputTag, inputId] = Object.entries(transform.inputs)[0]!;
  const input = components.pcollections[inputId]!;
  const payload = transform.spec!.payload;

  const add = (suffix: string, coder: runnerApi.Coder): string => {
    components.coders[`${id}/${suffix}`] = coder;
    components.pcollections[`${id}/${suffix}`] = {
      ...input,
      uniqueName: `${id}/${suffix}`,
      coderId: `${id}/${suffix}`,
    };
    return `${id}/${suffix}`;
  };
  const pairs = add("pairs", coder(KV_CODER_URN, [input.coderId, restrictionCoderId]));
  components.coders[`${id}/size`] = coder(DOUBLE_CODER_URN, []);
  const sized = add("sized", coder(KV_CODER_URN, [pairs, `${id}/size`]));

  const part = (urn: string, name: string, from: string, outputs: Record<string, string>): TransformProto => ({
    ...transform,
    uniqueName: name,
    spec: { urn, payload },
    inputs: { [inputTag]: from },
    outputs,
  });
  const name = transform.uniqueName;
  components.transforms[`${id}/pair`] = part(SDF_PAIR_URN, `${name}/pairWithRestriction`, inputId, { out: pairs });
  components.transforms[`${id}/split`] = part(SDF_SPLIT_URN, `${name}/splitRestriction`, pairs, { out: sized });
  components.transforms[id] = part(SDF_PROCESS_URN, name, sized, transform.outputs);
}

function coder(urn: string, componentCoderIds: string[]): runnerApi.Coder {
  return runnerApi.Coder.create({ spec: { urn, payload: new Uint8Array() }, componentCoderIds });
}
