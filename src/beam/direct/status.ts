import { BoundaryNode } from "./boundary-node";
import { GroupNode } from "./group-node";
import type { Node } from "./node";
import { StageNode } from "./stage-node";

/**
 * A stage or GroupByKey at one moment. Times are milliseconds since the epoch, between the minimum and maximum
 * timestamps of `values.ts`.
 */
export interface StageStatus {
  readonly inputWatermarkMs: number;
  readonly outputWatermarkMs: number;
  /** Number of elements that wait to be processed. */
  readonly queued: number;
  readonly bundlesInFlight: number;
  readonly sleepingRestrictions: number;
  /** Number of windows that will still fire; 0 for a stage. */
  readonly openWindows: number;
}

export interface RunStatus {
  /** Status by the unique name of the stage's first transform, producers first. */
  readonly stages: Readonly<Record<string, StageStatus>>;
}

export function statusOf(nodes: readonly Node[]): RunStatus {
  const stages: Record<string, StageStatus> = {};
  for (const node of nodes) {
    if (node instanceof BoundaryNode) stages[node.name] = statusOfBoundary(node);
    else if (node instanceof StageNode) stages[node.name] = statusOfStage(node);
    else if (node instanceof GroupNode) stages[node.name] = statusOfGroup(node);
  }
  return { stages };
}

function statusOfStage(stage: StageNode): StageStatus {
  const { inputWatermarkMs, outputWatermarkMs, queued, bundles, sleepingRestrictions } = stage;
  return {
    inputWatermarkMs,
    outputWatermarkMs,
    queued,
    bundlesInFlight: bundles,
    sleepingRestrictions,
    openWindows: 0,
  };
}

function statusOfBoundary({ inputWatermarkMs, outputWatermarkMs, queued, bundles }: BoundaryNode): StageStatus {
  const rest = { sleepingRestrictions: 0, openWindows: 0 };
  return { inputWatermarkMs, outputWatermarkMs, queued, bundlesInFlight: bundles, ...rest };
}

function statusOfGroup({ inputWatermarkMs, outputWatermarkMs, group }: GroupNode): StageStatus {
  const { openWindows } = group;
  return { inputWatermarkMs, outputWatermarkMs, queued: 0, bundlesInFlight: 0, sleepingRestrictions: 0, openWindows };
}
