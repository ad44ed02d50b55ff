/**
 * What rollbacks have left behind. A snapshot that was made between the one that a rollback went back to and the rollback
 * itself holds the state of a version that nobody wanted: no later start and no later rollback may take it. The template
 * remembers these times, as the service has them.
 */
import type { Snapshot } from "./history";
import type { Template } from "./template/document";
import { UNDONE } from "./template";

export interface Span {
  /** The snapshot of this time was gone back to. */
  readonly after: string;
  /** The newest snapshot that was there then. */
  readonly until: string;
}

/** The oldest are forgotten first. */
const MAX_SPANS = 50;

export function undoneOf({ Metadata }: Template): readonly Span[] {
  // Sound because only deploymentTemplate writes it.
  return (Metadata?.[UNDONE] ?? []) as readonly Span[];
}

/** Those that a start or a rollback may take, in the same order. */
export function wanted(snapshots: readonly Snapshot[], undone: readonly Span[]): readonly Snapshot[] {
  return snapshots.filter(({ created }) => {
    const at = created.getTime();
    return !undone.some(({ after, until }) => at > Date.parse(after) && at <= Date.parse(until));
  });
}

/** With what a rollback to `target` leaves behind; `snapshots` newest first. */
export function leftBehind(
  undone: readonly Span[],
  target: Snapshot,
  [newest = target]: readonly Snapshot[],
): readonly Span[] {
  if (newest.name === target.name) return undone;
  const span = { after: target.created.toISOString(), until: newest.created.toISOString() };
  return [...undone.filter(({ after }) => after < span.after), span].slice(-MAX_SPANS);
}
