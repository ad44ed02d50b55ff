import { BeamError } from "../error";
import type { PipelineProto } from "../sdk";
import { isMadeInBuild } from "../pipeline-proto";

/** A worker imports the pipeline's modules and never builds the pipeline, so it knows only what importing makes. */
export function requireKnownCoders({ components }: PipelineProto): void {
  for (const { spec } of Object.values(components?.coders ?? {})) {
    const urn = spec?.urn ?? "";
    if (!isMadeInBuild(urn)) continue;
    throw new BeamError(
      "PIPELINE",
      `The coder "${urn}" is made while the pipeline is built, so no worker knows it: make it beside the DoFns, where importing its module makes it.`,
    );
  }
}
