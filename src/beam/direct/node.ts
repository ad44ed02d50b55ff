/**
 * What the scheduler drives: stages, GroupByKeys and side inputs.
 *
 * 1. A node's input watermark is the least of its producers' output watermarks and the timestamps of its own elements,
 *    queued or in flight; its output watermark is the least of its input watermark and its holds. Neither goes back.
 * 2. Watermarks are brought up to date from producers to consumers, between pieces of work. An element is always in
 *    exactly one place that counts, from its queue through its bundle to the queues of what it became.
 */
import { MAX_TIMESTAMP_MS } from "../values";
import type { Intake } from "./outlet";

export interface Node extends Intake {
  readonly name: string;
  readonly producers: readonly Node[];
  readonly inputWatermarkMs: number;
  readonly outputWatermarkMs: number;
  updateWatermarks(): void;
  /** Does or starts one piece of work; false when there is none that may run now. */
  runOnce(): boolean;
  /** Whether anything is queued, in flight or asleep. */
  isBusy(): boolean;
  /** Whether work is in flight that will wake the scheduler when it ends. */
  isInFlight(): boolean;
  /** When there is something to do although nothing happens before; Infinity for never. */
  nextWakeMs(): number;
}

/** What the producers promise not to fall behind; without producers (after an Impulse) nothing more will come. */
export function producedWatermarkMs(producers: readonly Node[]): number {
  let least = MAX_TIMESTAMP_MS;
  for (const { outputWatermarkMs } of producers) if (outputWatermarkMs < least) least = outputWatermarkMs;
  return least;
}

export function isFinished(node: Node): boolean {
  return node.outputWatermarkMs >= MAX_TIMESTAMP_MS && !node.isBusy();
}
