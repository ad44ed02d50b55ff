import type { PipelineProto } from "./sdk";

export interface DistributionValue {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** One metric of one transform, aggregated over all bundles so far. */
export type MetricResult = { readonly transform: string; readonly name: string } & (
  | { readonly kind: "counter"; readonly value: number }
  | { readonly kind: "distribution"; readonly value: DistributionValue }
  | { readonly kind: "gauge"; readonly value: number }
);

/** A running pipeline. */
export interface PipelineRun {
  /**
   * Settles when all work has ended. Resolves after a bounded pipeline's end, a drain or a cancel. Rejects with a
   * `BeamError` PIPELINE that names the failed stage, or with the `BeamError` that the stage itself threw.
   */
  readonly finished: Promise<void>;
  /** Returns the metrics. `transform` is the transform's unique name in the pipeline. */
  metrics(): Promise<readonly MetricResult[]>;
  /**
   * Stops reading. Everything that was read is processed and every window closes, as in Beam's drain. Resolves with
   * `finished`.
   */
  drain(): Promise<void>;
  /** Ends at once. Work in flight is dropped. */
  cancel(): Promise<void>;
}

/** Runs a pipeline proto. Throws for an unsupported pipeline, before anything starts. */
export interface Runner {
  readonly name: string;
  run(pipeline: PipelineProto): Promise<PipelineRun>;
}
