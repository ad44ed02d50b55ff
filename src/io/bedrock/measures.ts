/**
 * Histograms of the calls to models. The underscore in their names keeps them out of CloudWatch, where each counter is
 * paid for and Bedrock's own metrics tell the same. Bounds are some of those that OpenTelemetry advises:
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
 */
import type { HistogramSpec } from "../../beam";
import type { Stage } from "../../chat/stages";

export type ModelStageName = Extract<Stage, "summarise" | "embed">;

const DURATION_BOUNDS_MS = [80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 20_480, 40_960];
const TOKEN_BOUNDS = [64, 256, 1_024, 4_096, 16_384, 65_536];

/** Time of one call that the model answered, from the moment when it was sent. */
export function callDuration(stage: ModelStageName): HistogramSpec {
  return { name: `${stage}_call`, unit: "Ms", bounds: DURATION_BOUNDS_MS };
}

/** Tokens of one answered call. */
export function callTokens(stage: ModelStageName, type: "input" | "output"): HistogramSpec {
  return { name: `${stage}_${type}`, unit: "Tokens", bounds: TOKEN_BOUNDS };
}
