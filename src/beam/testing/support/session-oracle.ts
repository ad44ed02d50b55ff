import assert from "node:assert/strict";
import type { IntervalWindow } from "../../values";
import { type Collected, sorted } from "./collected";
import { windowedGroups } from "./grouping";

export interface Event {
  readonly key: string;
  readonly value: number;
  readonly atMs: number;
}

export interface Session {
  readonly key: string;
  readonly value: readonly number[];
  readonly window: IntervalWindow;
}

/** Computes sessions by definition: events sorted by time, and cut wherever the next event is at least the gap away. */
export function sessionsOf(events: readonly Event[], gapMs: number): Session[] {
  return [...new Set(events.map((event) => event.key))].flatMap((key) => {
    const ordered = events.filter((event) => event.key === key).sort((a, b) => a.atMs - b.atMs);
    const runs: Event[][] = [];
    for (const event of ordered) {
      const last = runs.at(-1)?.at(-1);
      if (last !== undefined && event.atMs - last.atMs < gapMs) runs.at(-1)?.push(event);
      else runs.push([event]);
    }
    return runs.map((run) => ({
      key,
      value: run.map((event) => event.value),
      window: { startMs: (run[0] as Event).atMs, endMs: (run.at(-1) as Event).atMs + gapMs },
    }));
  });
}

export function assertSessionsAre(collected: readonly Collected[], expected: readonly Session[]): void {
  const normal = expected.map((session) => ({ ...session, value: sorted(session.value) }));
  assert.deepEqual(windowedGroups(collected), sorted(normal));
}
