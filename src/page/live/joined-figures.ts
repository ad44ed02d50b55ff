/** Figures of the last hour, joined by the server for a window that reads late, and by each window. Pure. */
import type { LiveFigures } from "./contract";

const HOUR_MS = 3_600_000;
export const SAMPLE_INTERVAL_MS = 5_000;
export const MAX_SAMPLES = HOUR_MS / SAMPLE_INTERVAL_MS;

type JobFigures = Extract<LiveFigures, { source: "job" }>;

/** Adds the next figures, unless they are whole; what is older than an hour leaves. */
export function joinFigures(before: LiveFigures | undefined, next: LiveFigures): LiveFigures {
  if (next.source !== "job" || next.isWhole || before?.source !== "job") return next;
  const atMs = [...before.atMs, ...next.atMs];
  const fromMs = (atMs.at(-1) ?? 0) - HOUR_MS;
  const first = atMs.findIndex((ms) => ms >= fromMs);
  const cut = Math.max(0, first, atMs.length - MAX_SAMPLES);
  const names = Object.keys(next.values) as (keyof JobFigures["values"])[];
  const columns = names.map((name) => [name, [...before.values[name], ...next.values[name]].slice(cut)] as const);
  return { ...before, atMs: atMs.slice(cut), values: Object.fromEntries(columns) as JobFigures["values"] };
}
