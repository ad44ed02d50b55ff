/** Runs a pipeline on a Flink cluster, by its REST service: packs it into one jar with everything that it needs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Runner } from "../runner";
import type { PipelineProto } from "../sdk";
import { ClusterRun } from "./cluster-run";
import type { Restore } from "./flink-configuration";
import type { FlinkRest } from "./flink-rest";
import { type JarPipeline, type JarWorker, writeJobJar } from "./job-jar";
import { refuseWhatCannotRun } from "./refuse";

export interface ClusterRunnerOptions extends Omit<JarPipeline, "pipeline"> {
  readonly rest: FlinkRest;
  /** See `flinkRunnerJar`. */
  readonly runnerJar: string;
  readonly worker: JarWorker;
  /** Flink's own settings of the job: see `flinkConfiguration`. */
  readonly flinkConfiguration: Readonly<Record<string, string>>;
  readonly restore?: Restore | undefined;
}

export class ClusterRunner implements Runner {
  readonly name = "flink";

  constructor(private readonly options: ClusterRunnerOptions) {}

  /** Resolves once Flink has accepted the job. */
  async run(pipeline: PipelineProto): Promise<ClusterRun> {
    refuseWhatCannotRun(pipeline);
    const { rest, restore, flinkConfiguration } = this.options;
    const folder = await mkdtemp(path.join(tmpdir(), "job-jar-"));
    try {
      const file = path.join(folder, `${this.options.jobName}.jar`);
      await writeJobJar({ ...this.options, pipeline: { ...this.options, pipeline } }, file);
      const jar = await rest.uploadJar(file);
      try {
        const jobId = await rest.runJar(jar, {
          allowNonRestoredState: restore?.allowNonRestoredState ?? false,
          flinkConfiguration,
          ...(restore === undefined ? {} : { savepointPath: restore.path }),
        });
        return new ClusterRun(rest, jobId, pipeline);
      } finally {
        // The job keeps a copy, so the uploaded jar can go.
        await rest.deleteJar(jar).catch(() => undefined);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
