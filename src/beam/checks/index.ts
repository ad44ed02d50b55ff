/**
 * Checks of a pipeline's proto for mistakes that no runner can make up for. They run before anything is fetched,
 * started or sent.
 */
import type { PipelineProto } from "../sdk";
import { requireKnownCoders } from "./coders";
import { requireTriggers } from "./grouping";
import { requireKnownWindows } from "./windows";

/** Throws a BeamError PIPELINE that names the place and the cure. */
export function requireRunnable(pipeline: PipelineProto): void {
  requireKnownCoders(pipeline);
  requireKnownWindows(pipeline);
  requireTriggers(pipeline);
}
