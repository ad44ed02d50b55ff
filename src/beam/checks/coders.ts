import { BeamError } from "../error";
import type { PipelineProto } from "../sdk";
import { isMadeInBuild } from "../pipeline-proto";

/**
 * Throws for a coder that was made while the pipeline was built. A worker imports the pipeline's modules but does not
 * build the pipeline, so it knows only the coders that importing registers.
 */
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
