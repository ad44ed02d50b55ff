/** Runs a pipeline on any job service of Beam's portable runners, Flink's job server first of all. */
import { credentials } from "@grpc/grpc-js";
import { JobError } from "../../errors";
import type { MetricResult, PipelineRun, Runner } from "../runner";
import type { PipelineProto } from "../sdk";
import { jobApi, JobServiceClient, Struct } from "../sdk-job-api";
import { failureOf } from "./failure";
import { metricResults } from "./metric-results";
import { pipelineOptionUrns } from "./pipeline-options";
import { inProcesses } from "./process-environment";
import { withCodersOfTheirOwn } from "./splittable-coders";

export type OptionValue = string | number | boolean | readonly string[];

export interface PortableRunnerOptions {
  /** host:port of the job service. */
  readonly jobEndpoint: string;
  readonly jobName: string;
  /** The command of a worker: started on every TaskManager with `--id` and `--provision_endpoint`. */
  readonly workerCommand: string;
  readonly workerEnvironment: Readonly<Record<string, string>>;
  /** Beam's pipeline options by their camel-case names. */
  readonly pipelineOptions: Readonly<Record<string, OptionValue>>;
  /** The runner's own words while the job runs, warnings and errors only. */
  readonly onMessage?: (text: string) => void;
}

/** The newest of the runner's messages, from which a failure is told. */
const MAX_MESSAGES = 100;

type Unary<Q, A> = (request: Q, callback: (error: Error | null, answer?: A) => void) => unknown;

export class PortableRunner implements Runner {
  readonly name = "flink";

  constructor(private readonly options: PortableRunnerOptions) {}

  async run(pipeline: PipelineProto): Promise<PipelineRun> {
    const { workerCommand: command, workerEnvironment: environment } = this.options;
    const client = new JobServiceClient(this.options.jobEndpoint, credentials.createInsecure());
    const prepared = await call<jobApi.PrepareJobRequest, jobApi.PrepareJobResponse>(client.prepare.bind(client), {
      pipeline: inProcesses(withCodersOfTheirOwn(pipeline), { command, environment }),
      pipelineOptions: optionsStruct(this.options.pipelineOptions),
      jobName: this.options.jobName,
    });
    const { preparationId } = prepared;
    const { jobId } = await call<jobApi.RunJobRequest, jobApi.RunJobResponse>(client.run.bind(client), {
      preparationId,
      retrievalToken: "",
    });
    const finished = this.follow(client, jobId);
    const cancel = async (): Promise<void> => {
      await call<jobApi.CancelJobRequest, jobApi.CancelJobResponse>(client.cancel.bind(client), { jobId });
      await finished.catch(() => undefined);
    };
    return {
      finished,
      metrics: () => metricsOf(client, jobId, pipeline),
      cancel,
      drain: cancel,
    };
  }

  private follow(client: JobServiceClient, jobId: string): Promise<void> {
    const words: string[] = [];
    return new Promise((resolve, reject) => {
      const stream = client.getMessageStream({ jobId });
      stream.on("error", (error) => reject(new JobError("PIPELINE", `The job service broke off: ${error.message}`)));
      stream.on("data", ({ response }: jobApi.JobMessagesResponse) => {
        if (response.oneofKind === "messageResponse") {
          const { importance, messageText } = response.messageResponse;
          if (importance < jobApi.JobMessage_MessageImportance.JOB_MESSAGE_WARNING) return;
          words.push(messageText);
          if (words.length > MAX_MESSAGES) words.shift();
          this.options.onMessage?.(messageText);
        } else if (response.oneofKind === "stateResponse") {
          const { state } = response.stateResponse;
          const { DONE, CANCELLED, DRAINED, FAILED } = jobApi.JobState_Enum;
          if (state === DONE || state === CANCELLED || state === DRAINED) resolve();
          if (state === FAILED) reject(failureOf(words));
        }
      });
    });
  }
}

function call<Q, A>(method: Unary<Q, A>, request: Q): Promise<A> {
  return new Promise((resolve, reject) => {
    method(request, (error, answer) => {
      if (answer === undefined) {
        reject(new JobError("PIPELINE", `The job service refused the job: ${error?.message ?? "no answer"}`));
      } else resolve(answer);
    });
  });
}

function optionsStruct(options: Readonly<Record<string, OptionValue>>): Struct {
  return Struct.fromJson(pipelineOptionUrns(options) as Record<string, string>);
}

async function metricsOf(client: JobServiceClient, jobId: string, pipeline: PipelineProto): Promise<MetricResult[]> {
  const { metrics } = await call<jobApi.GetJobMetricsRequest, jobApi.GetJobMetricsResponse>(
    client.getJobMetrics.bind(client),
    { jobId },
  );
  return metricResults(metrics?.attempted ?? [], pipeline);
}
