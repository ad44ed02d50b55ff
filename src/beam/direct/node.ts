/**
 * The nodes that the scheduler drives: stages, GroupByKeys and side inputs.
 *
 * 1. A node's input watermark is the minimum of its producers' output watermarks and the timestamps of its own
 *    elements, queued or in flight. Its output watermark is the minimum of its input watermark and its holds. Neither
 *    goes back.
 * 2. Watermarks are updated from producers to consumers, between pieces of work. An element is always counted in
 *    exactly one place: its queue, then its bundle, then the queues of its outputs.
 */
import { MAX_TIMESTAMP_MS } from "../values";
import type { Intake } from "./outlet";

export interface Node extends Intake {
  readonly name: string;
  readonly producers: readonly Node[];
  readonly inputWatermarkMs: number;
  readonly outputWatermarkMs: number;
  updateWatermarks(): void;
  /** Does or starts one piece of work. Returns false when there is none that may run now. */
  runOnce(): boolean;
  /** Returns true while anything is queued, in flight or asleep. */
  isBusy(): boolean;
  /** Returns true while work is in flight that will wake the scheduler when it ends. */
  isInFlight(): boolean;
  /** Returns the time at which the node has work to do by itself; Infinity for never. */
  nextWakeMs(): number;
}

/**
 * Returns the minimum of the producers' output watermarks. A node without producers (after an Impulse) gets no more
 * input.
 */
export function producedWatermarkMs(producers: readonly Node[]): number {
  let least = MAX_TIMESTAMP_MS;
  for (const { outputWatermarkMs } of producers) if (outputWatermarkMs < least) least = outputWatermarkMs;
  return least;
}

export function isFinished(node: Node): boolean {
  return node.outputWatermarkMs >= MAX_TIMESTAMP_MS && !node.isBusy();
}
