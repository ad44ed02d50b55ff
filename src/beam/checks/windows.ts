import { BeamError } from "../error";
import type { PipelineProto } from "../sdk";

const WINDOW_CODERS = new Set(["beam:coder:global_window:v1", "beam:coder:interval_window:v1"]);
const WINDOW_FNS = new Set([
  "beam:window_fn:global_windows:v1",
  "beam:window_fn:fixed_windows:v1",
  "beam:window_fn:sliding_windows:v1",
  "beam:window_fn:session_windows:v1",
]);

/** Throws for a custom window function: runners and workers know only Beam's standard ones. */
export function requireKnownWindows({ components }: PipelineProto): void {
  for (const [id, { windowFn, windowCoderId }] of Object.entries(components?.windowingStrategies ?? {})) {
    const coder = components?.coders[windowCoderId]?.spec?.urn ?? "";
    if (WINDOW_FNS.has(windowFn?.urn ?? "") && WINDOW_CODERS.has(coder)) continue;
    const collections = Object.entries(components?.pcollections ?? {}).filter(
      ([, own]) => own.windowingStrategyId === id,
    );
    const made = new Set(collections.map(([collectionId]) => collectionId));
    const maker = Object.values(components?.transforms ?? {}).find(({ outputs }) =>
      Object.values(outputs).some((output) => made.has(output)),
    );
    throw new BeamError(
      "PIPELINE",
      `"${maker?.uniqueName ?? id}" has windows of a kind that workers do not know (${windowFn?.urn ?? "none"}, ${coder}): use fixedWindows, slidingWindows, sessionsMs or globalWindows.`,
    );
  }
}
