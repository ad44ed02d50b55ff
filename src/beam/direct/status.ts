import { GroupNode } from "./group-node";
import type { Node } from "./node";
import { StageNode } from "./stage-node";

/** A stage or GroupByKey at one moment; times in milliseconds since the epoch, within `values.ts`'s ends of time. */
export interface StageStatus {
  readonly inputWatermarkMs: number;
  readonly outputWatermarkMs: number;
  /** Elements that wait to be processed. */
  readonly queued: number;
  readonly bundlesInFlight: number;
  readonly sleepingRestrictions: number;
  /** Of a GroupByKey: windows that will still fire. */
  readonly openWindows: number;
}

export interface RunStatus {
  /** By the unique name of the stage's first transform, producers first. */
  readonly stages: Readonly<Record<string, StageStatus>>;
}

export function statusOf(nodes: readonly Node[]): RunStatus {
  const stages: Record<string, StageStatus> = {};
  for (const node of nodes) {
    if (node instanceof StageNode) stages[node.name] = statusOfStage(node);
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

function statusOfGroup({ inputWatermarkMs, outputWatermarkMs, group }: GroupNode): StageStatus {
  const { openWindows } = group;
  return { inputWatermarkMs, outputWatermarkMs, queued: 0, bundlesInFlight: 0, sleepingRestrictions: 0, openWindows };
}
