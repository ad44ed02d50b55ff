import { processScope } from "../operators/process-scope";
import { requireRunnable } from "../checks";
import type { PipelineProto } from "../sdk";
import type { Runner } from "../runner";
import { buildGraph } from "./graph";
import { type DirectRunnerOptions, limitsOf } from "./options";
import { DirectRun } from "./run";

/**
 * Runs a pipeline in this process: streaming and bounded ones alike. Refuses what it does not support with a `BeamError`
 * of one sentence, before anything starts.
 */
export class DirectRunner implements Runner {
  readonly name = "direct";

  constructor(private readonly options: DirectRunnerOptions = {}) {}

  async run(pipeline: PipelineProto): Promise<DirectRun> {
    requireRunnable(pipeline);
    return new DirectRun(buildGraph(pipeline), limitsOf(this.options), this.options.random?.seed, processScope());
  }
}
