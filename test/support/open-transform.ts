/** Opens the DoFn of a transform as its operator would. */
import { type DoFnSpec, type Metrics, openSpec } from "../../src/beam/authoring";
import { type OwnedScope, processScope } from "../../src/beam/operators/process-scope";

export interface Opened<Instance> {
  readonly instance: Instance;
  /** What it shares is closed with it, as at the end of a run. */
  readonly scope: OwnedScope;
}

/** The caller knows the kind of DoFn that it is. */
export async function openTransform<Instance>(
  { spec }: { readonly spec: DoFnSpec },
  metrics: Metrics,
): Promise<Opened<Instance>> {
  const scope = processScope();
  const instance = await openSpec<Instance>(spec, { metrics, stageName: "test", shared: scope });
  return { instance, scope };
}
