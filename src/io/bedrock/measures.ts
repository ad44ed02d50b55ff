/**
 * Histograms of the calls to models. The underscore in their names keeps buckets out of CloudWatch, where each counter
 * is paid for and Bedrock's own metrics tell the same. OpenTelemetry advises bounds of twice and four times the former
 * ones (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/); those of times are closer here, so that a
 * p99 can be read from them.
 */
import { closeBounds, type HistogramSpec } from "../../beam";
import type { Stage } from "../../chat/stages";
import type { FAILED_CALL_CAUSES } from "../retry-causes";

export type ModelStageName = Extract<Stage, "summarise" | "embed">;
export type FailedCallCause = (typeof FAILED_CALL_CAUSES)[number];

/** From an embedding to the longest answer; a call has `--request-timeout`, and few come near it. */
const DURATION_BOUNDS_MS = [...closeBounds(50, 40_000), 60_000];
const TOKEN_BOUNDS = [64, 256, 1_024, 4_096, 16_384, 65_536];

/** Time of one call that the model answered, from the moment when it was sent. */
export function callDuration(stage: ModelStageName): HistogramSpec {
  return { name: `${stage}_call`, unit: "Ms", bounds: DURATION_BOUNDS_MS };
}

/** The same of a call that failed. */
export function failedCallDuration(stage: ModelStageName, cause: FailedCallCause): HistogramSpec {
  return { name: `${stage}_failed_${cause}`, unit: "Ms", bounds: DURATION_BOUNDS_MS };
}

/** Tokens of one answered call. The sum's name has letters alone, so that CloudWatch gets it. */
export function callTokens(stage: ModelStageName, type: "input" | "output"): HistogramSpec {
  const sumName = `${stage}${type === "input" ? "Input" : "Output"}Tokens`;
  return { name: `${stage}_${type}`, unit: "Tokens", bounds: TOKEN_BOUNDS, sumName };
}
