import { processScope } from "../operators/process-scope";
import { requireRunnable } from "../checks";
import type { PipelineProto } from "../sdk";
import type { Runner } from "../runner";
import { buildGraph } from "./graph";
import { type DirectRunnerOptions, limitsOf } from "./options";
import { DirectRun } from "./run";

/**
 * Runs streaming and bounded pipelines in this process. Throws a `BeamError` of one sentence for an unsupported
 * pipeline, before anything starts.
 */
export class DirectRunner implements Runner {
  readonly name = "direct";

  constructor(private readonly options: DirectRunnerOptions = {}) {}

  async run(pipeline: PipelineProto): Promise<DirectRun> {
    requireRunnable(pipeline);
    return new DirectRun(buildGraph(pipeline), limitsOf(this.options), this.options.random?.seed, processScope());
  }
}
