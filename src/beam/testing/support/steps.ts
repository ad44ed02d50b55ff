/** Functions that make the steps of scripts. */
import type { Step } from "../fns/scripted-source";

export function at<T>(atMs: number, value: T): Step<T> {
  return { kind: "emit", value, atMs };
}

export function watermark(toMs: number): Step<never> {
  return { kind: "watermark", toMs };
}

export function checkpoint(delayMs = 0): Step<never> {
  return { kind: "checkpoint", delayMs };
}

/** Waits until the collector's folder holds `count` elements. */
export function seen(directory: string, count: number): Step<never> {
  return { kind: "awaitLines", directory, count };
}

/** Waits until the runner asks for a checkpoint. */
export function untilAsked(): Step<never> {
  return { kind: "untilAsked" };
}

export function forever(): Step<never> {
  return { kind: "forever" };
}
