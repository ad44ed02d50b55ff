/**
 * Turns a pipeline proto into the graph that the direct runner executes.
 *
 * 1. A stage is a tree of transforms that reads one PCollection. Inside it elements pass by plain calls; everything
 *    that leaves it goes through a queue.
 * 2. A transform starts a stage of its own where elements must be able to wait before it: behind an Impulse, a
 *    GroupByKey or a Flatten, with side inputs, at the process step of a splittable DoFn, and before an asynchronous
 *    DoFn, so that its results are emitted as they arrive and a slow call does not block other bundles.
 * 3. An `asyncBoundary` is a stage with everything that follows it, up to one of the other reasons. Asynchronous DoFns
 *    are no such reason there.
 * 4. Everything unsupported is refused here, before anything runs.
 */
import { ASYNC_BOUNDARY_DO_FN_URN, ASYNC_DO_FN_URN } from "../authoring/urns";
import { parDoPayload } from "../sdk/par-do";
import { inTopologicalOrder, transformOf } from "../operators/graph";
import { FLATTEN_URN, PAR_DO_URN, SDF_PAIR_URN, SDF_PROCESS_URN, SDF_SPLIT_URN } from "../operators/urns";
import type { ComponentsProto, PipelineProto, TransformProto } from "../sdk";
import type { runnerApi } from "../sdk";
import { expandSplittables } from "./expand-splittable";
import { refuse, refuseUnsupported } from "./refuse";
import { type SideInputSpec, sideInputsOf } from "./side-input-spec";

const IMPULSE_URN = "beam:transform:impulse:v1";
const GROUP_BY_KEY_URN = "beam:transform:group_by_key:v1";
const OPERATOR_URNS = new Set([PAR_DO_URN, SDF_PAIR_URN, SDF_SPLIT_URN, SDF_PROCESS_URN]);

export interface StageSpec {
  readonly kind: "stage";
  /** Id of the first transform. */
  readonly id: string;
  readonly name: string;
  readonly inputId: string;
  /** Transform ids, producers before consumers. */
  readonly transformIds: readonly string[];
  readonly sideInputs: readonly SideInputSpec[];
  readonly splittable: boolean;
  readonly asynchronous: boolean;
}

/** An `asyncBoundary`, whose id it has, and the transforms behind it. */
export interface BoundarySpec {
  readonly kind: "boundary";
  readonly id: string;
  readonly name: string;
  readonly inputId: string;
  readonly transformIds: readonly string[];
}

export interface GroupSpec {
  readonly kind: "group";
  readonly id: string;
  readonly name: string;
  readonly inputId: string;
  readonly outputId: string;
}

export interface Graph {
  readonly components: ComponentsProto;
  /** All nodes, producers before consumers, also for side inputs. */
  readonly nodes: readonly (StageSpec | BoundarySpec | GroupSpec)[];
  /** PCollections that start with one empty element. */
  readonly impulseIds: readonly string[];
  /**
   * Returns the PCollections that an element of this one belongs to: itself, and those behind Flattens, once for each
   * path.
   */
  readonly reaches: (pcollectionId: string) => readonly string[];
}

/** Builds the graph. Throws a `BeamError` of one sentence for whatever is not supported. */
export function buildGraph(pipeline: PipelineProto): Graph {
  if (pipeline.components === undefined) throw refuse("The pipeline is empty");
  refuseUnsupported(pipeline);
  const components = expandSplittables(pipeline.components, parDoPayload, isParDo);
  const leaves = inOrder(components);
  const stageOf = new Map<string, (StageSpec | BoundarySpec) & { transformIds: string[] }>();
  const nodes: Graph["nodes"][number][] = [];
  const impulseIds: string[] = [];
  const flattened = new Map<string, string[]>();

  for (const [id, transform] of leaves) {
    const urn = transform.spec?.urn ?? "";
    const outputIds = Object.values(transform.outputs);
    if (urn === IMPULSE_URN) impulseIds.push(outputIds[0]!);
    else if (urn === FLATTEN_URN) {
      for (const inputId of Object.values(transform.inputs)) {
        flattened.set(inputId, [...(flattened.get(inputId) ?? []), outputIds[0]!]);
      }
    } else if (urn === GROUP_BY_KEY_URN) {
      const inputId = Object.values(transform.inputs)[0]!;
      nodes.push({ kind: "group", id, name: transform.uniqueName, inputId, outputId: outputIds[0]! });
    } else if (OPERATOR_URNS.has(urn)) {
      const payload = parDoPayload(transform);
      const sideInputs = sideInputsOf(id, transform, payload, components);
      const inputId = mainInput(transform, payload);
      const splittable = urn === SDF_PROCESS_URN;
      const asynchronous = payload.doFn?.urn === ASYNC_DO_FN_URN;
      const isBoundary = payload.doFn?.urn === ASYNC_BOUNDARY_DO_FN_URN;
      const upstream = stageOf.get(inputId);
      let stage = upstream;
      const name = transform.uniqueName;
      if (isBoundary) {
        stage = { kind: "boundary", id, name, inputId, transformIds: [] };
        nodes.push(stage);
      } else if (
        upstream === undefined ||
        sideInputs.length > 0 ||
        splittable ||
        (asynchronous && upstream.kind !== "boundary")
      ) {
        stage = { kind: "stage", id, name, inputId, transformIds: [], sideInputs, splittable, asynchronous };
        nodes.push(stage);
      }
      stage!.transformIds.push(id);
      outputIds.forEach((outputId) => stageOf.set(outputId, stage!));
    } else throw refuse(`The direct runner does not support the transform ${transform.uniqueName} (${urn})`);
  }
  return { components, nodes, impulseIds, reaches: (id) => reach(id, flattened) };
}

function reach(id: string, flattened: ReadonlyMap<string, readonly string[]>): string[] {
  return [id, ...(flattened.get(id) ?? []).flatMap((next) => reach(next, flattened))];
}

function isParDo(transform: TransformProto): boolean {
  return transform.spec?.urn === PAR_DO_URN;
}

/** Returns the input that is not a side input. */
function mainInput(transform: TransformProto, payload: runnerApi.ParDoPayload): string {
  const main = Object.entries(transform.inputs).filter(([tag]) => !(tag in payload.sideInputs));
  if (main.length !== 1) throw refuse(`The transform ${transform.uniqueName} must have one main input`);
  return main[0]![1];
}

/** Returns the primitive transforms, each behind the producers of all its inputs. */
function inOrder(components: ComponentsProto): [string, TransformProto][] {
  const leaves = Object.entries(components.transforms).filter(
    ([, transform]) => transform.subtransforms.length === 0 && transform.spec !== undefined,
  );
  const produced = new Set(leaves.flatMap(([, { outputs }]) => Object.values(outputs)));
  const inputsOf = ({ inputs }: TransformProto): string[] => Object.values(inputs);
  for (const [, transform] of leaves) {
    if (inputsOf(transform).every((inputId) => produced.has(inputId))) continue;
    throw refuse(`Nothing produces an input of the transform ${transform.uniqueName}`);
  }
  const ids = leaves.map(([id]) => id);
  return inTopologicalOrder(components, ids, inputsOf).map((id) => [id, transformOf(components, id)]);
}
