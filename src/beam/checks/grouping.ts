import { BeamError } from "../error";
import { type PipelineProto, runnerApi } from "../sdk";

const GROUPING_URNS = new Set(["beam:transform:group_by_key:v1", "beam:transform:combine_per_key:v1"]);

/**
 * Throws for a grouping of an unbounded collection in the global window without a trigger. The window never ends, so no
 * group would be emitted. Beam has the same rule.
 */
export function requireTriggers({ components }: PipelineProto): void {
  for (const { spec, uniqueName, inputs } of Object.values(components?.transforms ?? {})) {
    if (!GROUPING_URNS.has(spec?.urn ?? "")) continue;
    const collection = components?.pcollections[Object.values(inputs)[0] ?? ""];
    const windowing = components?.windowingStrategies[collection?.windowingStrategyId ?? ""];
    if (collection?.isBounded !== runnerApi.IsBounded_Enum.UNBOUNDED) continue;
    if (windowing?.windowFn?.urn !== "beam:window_fn:global_windows:v1") continue;
    if (windowing.trigger?.trigger.oneofKind !== "default") continue;
    throw new BeamError(
      "PIPELINE",
      `"${uniqueName}" groups a collection without an end in the global window, where no group is ever complete: put windowInto with fixed windows, sessions or a trigger before it.`,
    );
  }
}
