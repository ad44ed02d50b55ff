/** Runs a pipeline on any job service of Beam's portable runners, Flink's job server first of all. */
import type { Metadata } from "@grpc/grpc-js";
import { BeamError } from "../error";
import { INSECURE, tokenMetadata, WITHOUT_PROXY } from "../sdk/channel";
import type { MetricResult, PipelineRun, Runner } from "../runner";
import type { PipelineProto } from "../sdk";
import { jobApi, JobServiceClient, Struct } from "../sdk/job-api";
import { cancelledByOthers, failureOf, tellsOfCancellation } from "./failure";
import { metricResults } from "./metric-results";
import { type OptionValue, pipelineOptionUrns } from "./pipeline-options";
import { inProcesses } from "./process-environment";
import { refuseWhatCannotRun } from "./refuse";
import { withCodersOfTheirOwn } from "./splittable-coders";

/** A job service on this machine. */
export interface JobService {
  /** host:port. */
  readonly endpoint: string;
  /** Goes with each call; undefined for services that ask for none. */
  readonly token?: string;
}

export interface PortableRunnerOptions {
  readonly jobService: JobService;
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

type Unary<Q, A> = (request: Q, metadata: Metadata, callback: (error: Error | null, answer?: A) => void) => unknown;

export class PortableRunner implements Runner {
  readonly name = "flink";

  private readonly metadata: Metadata;

  constructor(private readonly options: PortableRunnerOptions) {
    this.metadata = tokenMetadata(options.jobService.token);
  }

  async run(pipeline: PipelineProto): Promise<PipelineRun> {
    refuseWhatCannotRun(pipeline);
    const { workerCommand: command, workerEnvironment: environment } = this.options;
    const jobId = await this.withClient(async (client) => {
      const { preparationId } = await this.call<jobApi.PrepareJobRequest, jobApi.PrepareJobResponse>(
        client.prepare.bind(client),
        {
          pipeline: inProcesses(withCodersOfTheirOwn(pipeline), { command, environment }),
          pipelineOptions: optionsStruct(this.options.pipelineOptions),
          jobName: this.options.jobName,
        },
      );
      const request = { preparationId, retrievalToken: "" };
      return (await this.call<jobApi.RunJobRequest, jobApi.RunJobResponse>(client.run.bind(client), request)).jobId;
    });
    let cancelled: Promise<unknown> | undefined;
    const finished = this.withClient((client) => this.follow(client, jobId, () => cancelled !== undefined));
    finished.catch(() => undefined);
    const cancel = async (): Promise<void> => {
      cancelled ??= this.withClient((client) =>
        this.call<jobApi.CancelJobRequest, jobApi.CancelJobResponse>(client.cancel.bind(client), { jobId }),
      );
      await cancelled;
      await finished.catch(() => undefined);
    };
    return {
      finished,
      metrics: () => this.withClient((client) => this.metricsOf(client, jobId, pipeline)),
      cancel,
      drain: cancel,
    };
  }

  /** A client that is closed when it is no longer needed; grpc keeps the connection for the next one meanwhile. */
  private async withClient<T>(use: (client: JobServiceClient) => Promise<T>): Promise<T> {
    const client = new JobServiceClient(this.options.jobService.endpoint, INSECURE, WITHOUT_PROXY);
    try {
      return await use(client);
    } finally {
      client.close();
    }
  }

  private call<Q, A>(method: Unary<Q, A>, request: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      method(request, this.metadata, (error, answer) => {
        if (answer === undefined) {
          reject(new BeamError("PIPELINE", `The job service refused the job: ${error?.message ?? "no answer"}`));
        } else resolve(answer);
      });
    });
  }

  private async metricsOf(client: JobServiceClient, jobId: string, pipeline: PipelineProto): Promise<MetricResult[]> {
    const { metrics } = await this.call<jobApi.GetJobMetricsRequest, jobApi.GetJobMetricsResponse>(
      client.getJobMetrics.bind(client),
      { jobId },
    );
    return metricResults(metrics?.attempted ?? [], pipeline);
  }

  private follow(client: JobServiceClient, jobId: string, isCancelled: () => boolean): Promise<void> {
    const words: string[] = [];
    return new Promise((resolve, reject) => {
      const brokeOff = (why: string): void => reject(new BeamError("PIPELINE", `The job service broke off: ${why}`));
      const stream = client.getMessageStream({ jobId }, this.metadata);
      stream.on("error", (error) => brokeOff(error.message));
      // Also comes behind the last state, when all is settled.
      stream.on("end", () => brokeOff("it did not say how the job ended."));
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
          const wasCancelled = state === CANCELLED || (state === FAILED && tellsOfCancellation(words));
          if (state === DONE || state === DRAINED || (wasCancelled && isCancelled())) resolve();
          else if (wasCancelled) reject(cancelledByOthers(jobId));
          else if (state === FAILED) reject(failureOf(words));
        }
      });
    });
  }
}

function optionsStruct(options: Readonly<Record<string, OptionValue>>): Struct {
  return Struct.fromJson(pipelineOptionUrns(options) as Record<string, string>);
}
