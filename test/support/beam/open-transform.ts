/** Opens the DoFn of a transform as its operator would. */
import { type DoFnSpec, type Metrics, openSpec } from "../../../src/beam/authoring";
import { type OwnedScope, processScope } from "../../../src/beam/operators/process-scope";

export interface Opened<Instance> {
  readonly instance: Instance;
  /** Closed with the DoFn's shared objects, as at the end of a run. */
  readonly scope: OwnedScope;
}

/** The caller names the instance's type, because it knows the kind of DoFn. */
export async function openTransform<Instance>(
  { spec }: { readonly spec: DoFnSpec },
  metrics: Metrics,
): Promise<Opened<Instance>> {
  const scope = processScope();
  const instance = await openSpec<Instance>(spec, { metrics, stageName: "test", shared: scope });
  return { instance, scope };
}
