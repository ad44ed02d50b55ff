/**
 * The snapshots that rollbacks have left behind. A snapshot that was made between the one that a rollback went back to
 * and the rollback itself holds the state of an unwanted version: no later start and no later rollback may take it. The
 * template remembers these times, as the service has them.
 */
import type { Snapshot } from "./history";
import type { Template } from "./template/document";
import { UNDONE } from "./template";

export interface Span {
  /** Time of the snapshot that a rollback went back to. */
  readonly after: string;
  /** Time of the newest snapshot at the rollback. */
  readonly until: string;
}

/** Spans that a template keeps; the oldest are forgotten first. */
const MAX_SPANS = 50;

export function undoneOf({ Metadata }: Template): readonly Span[] {
  // The cast is sound, because only deploymentTemplate writes it.
  return (Metadata?.[UNDONE] ?? []) as readonly Span[];
}

/** The snapshots that a start or a rollback may take, in the same order. */
export function wanted(snapshots: readonly Snapshot[], undone: readonly Span[]): readonly Snapshot[] {
  return snapshots.filter(({ created }) => {
    const at = created.getTime();
    return !undone.some(({ after, until }) => at > Date.parse(after) && at <= Date.parse(until));
  });
}

/** Adds the span that a rollback to `target` leaves behind; `snapshots` newest first. */
export function leftBehind(
  undone: readonly Span[],
  target: Snapshot,
  [newest = target]: readonly Snapshot[],
): readonly Span[] {
  if (newest.name === target.name) return undone;
  const span = { after: target.created.toISOString(), until: newest.created.toISOString() };
  return [...undone.filter(({ after }) => after < span.after), span].slice(-MAX_SPANS);
}
