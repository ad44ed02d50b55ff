/** Runs a pipeline on the job service of any portable Beam runner, Flink's job server above all. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Metadata } from "@grpc/grpc-js";
import { BeamError } from "../error";
import { INSECURE, tokenMetadata, WITHOUT_PROXY } from "../sdk/channel";
import type { MetricResult, PipelineRun, Runner } from "../runner";
import type { PipelineProto } from "../sdk";
import { jobApi, JobServiceClient, Struct } from "../sdk/job-api";
import { cancelledByOthers, failureOf, hasCause, tellsOfCancellation } from "./failure";
import { metricResults } from "./metric-results";
import { type OptionValue, pipelineOptionUrns } from "./pipeline-options";
import { inProcesses } from "./process-environment";
import { refuseWhatCannotRun } from "./refuse";
import { withCodersOfTheirOwn } from "./splittable-coders";

/** A job service on this machine. */
export interface JobService {
  /** Host and port, as host:port. */
  readonly endpoint: string;
  /** Token for each call; undefined for services without one. */
  readonly token?: string;
}

export interface PortableRunnerOptions {
  readonly jobService: JobService;
  readonly jobName: string;
  /** Command that starts a worker, with `--id` and `--provision_endpoint`, on every TaskManager. */
  readonly workerCommand: string;
  readonly workerEnvironment: Readonly<Record<string, string>>;
  /** Beam's pipeline options by their camel-case names. */
  readonly pipelineOptions: Readonly<Record<string, OptionValue>>;
  /** Called with the runner's warnings and errors while the job runs. */
  readonly onMessage?: (text: string) => void;
}

/** Limit of the runner's messages that are kept to explain a failure. */
const MAX_MESSAGES = 100;

/** Number of attempts to get a failed job's reason. */
const LATE_TRIES = 4;
const LATE_PAUSE_MS = 500;

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

  /** Uses a client and closes it afterwards. gRPC keeps the connection for the next client meanwhile. */
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
    const { committed = [], attempted = [] } = metrics ?? {};
    return metricResults(committed.length > 0 ? committed : attempted, pipeline);
  }

  private follow(client: JobServiceClient, jobId: string, isCancelled: () => boolean): Promise<void> {
    const words: string[] = [];
    const fail = async (): Promise<never> => {
      throw failureOf(hasCause(words) ? words : await this.lateWords(client, jobId));
    };
    return new Promise((resolve, reject) => {
      const brokeOff = (why: string): void => reject(new BeamError("PIPELINE", `The job service broke off: ${why}`));
      let isFinal = false;
      const settle = (state: jobApi.JobState_Enum): void => {
        const { DONE, CANCELLED, DRAINED, FAILED } = jobApi.JobState_Enum;
        isFinal ||= [DONE, CANCELLED, DRAINED, FAILED].includes(state);
        const wasCancelled = state === CANCELLED || (state === FAILED && tellsOfCancellation(words));
        if (state === DONE || state === DRAINED || (wasCancelled && isCancelled())) resolve();
        else if (wasCancelled) reject(cancelledByOthers(jobId));
        else if (state === FAILED) fail().catch(reject);
      };
      const stream = client.getMessageStream({ jobId }, this.metadata);
      stream.on("error", (error) => {
        if (!isFinal) brokeOff(error.message);
      });
      stream.on("end", () => {
        if (isFinal) return;
        // Beam's service ends the stream from another thread than it tells the state from: the state may miss it.
        this.stateOf(client, jobId).then(
          (state) => {
            settle(state);
            if (!isFinal) brokeOff("it did not say how the job ended.");
          },
          (error: unknown) => brokeOff((error as Error).message),
        );
      });
      stream.on("data", ({ response }: jobApi.JobMessagesResponse) => {
        if (response.oneofKind === "messageResponse") {
          const text = importantText(response.messageResponse);
          if (text === undefined) return;
          words.push(text);
          if (words.length > MAX_MESSAGES) words.shift();
          this.options.onMessage?.(text);
        } else if (response.oneofKind === "stateResponse") {
          settle(response.stateResponse.state);
        }
      });
    });
  }

  private async stateOf(client: JobServiceClient, jobId: string): Promise<jobApi.JobState_Enum> {
    const { state } = await this.call<jobApi.GetJobStateRequest, jobApi.JobStateEvent>(client.getState.bind(client), {
      jobId,
    });
    return state;
  }

  /** Fetches the messages again, since a service may know that a job has failed before it knows why. */
  private async lateWords(client: JobServiceClient, jobId: string): Promise<readonly string[]> {
    let words: string[] = [];
    for (let left = LATE_TRIES; left > 0 && !hasCause(words); left--) {
      await sleep(LATE_PAUSE_MS);
      words = [];
      const stream = client.getMessageStream({ jobId }, this.metadata, { deadline: Date.now() + LATE_PAUSE_MS });
      const ended = new Promise<void>((resolve) => {
        stream.on("end", resolve);
        stream.on("error", () => resolve());
      });
      stream.on("data", ({ response }: jobApi.JobMessagesResponse) => {
        const text = response.oneofKind === "messageResponse" ? importantText(response.messageResponse) : undefined;
        if (text !== undefined) words.push(text);
      });
      await ended;
    }
    return words;
  }
}

/** Returns the text of a warning or an error; undefined for any other message. */
function importantText({ importance, messageText }: jobApi.JobMessage): string | undefined {
  return importance < jobApi.JobMessage_MessageImportance.JOB_MESSAGE_WARNING ? undefined : messageText;
}

function optionsStruct(options: Readonly<Record<string, OptionValue>>): Struct {
  return Struct.fromJson(pipelineOptionUrns(options) as Record<string, string>);
}
