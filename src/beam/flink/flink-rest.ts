/**
 * A client of Flink's REST service for the calls that a job's life needs:
 * https://nightlies.apache.org/flink/flink-docs-release-1.19/docs/ops/rest_api/
 *
 * 1. Every method rejects with a `BeamError` of one sentence: SERVICE_UNREACHABLE when nobody answers, FLINK when Flink
 *    refuses the request or does not know the job.
 * 2. A request to a JobManager that is away is retried, with a growing pause, for `patienceMs`. Retrying does nothing
 *    twice: the client chooses the ids of jobs and savepoints, and a cancel may be repeated. Only a jar may stay on the
 *    cluster, when the answer to its upload was lost.
 */
import { randomUUID } from "node:crypto";
import { openAsBlob } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { BeamError } from "../error";
import { failureOf } from "./failure";
import { FlinkHttp } from "./flink-http";

/** States of ended jobs. A job in any other state has not ended. */
export const ENDED_STATES: ReadonlySet<string> = new Set(["FINISHED", "CANCELED", "FAILED", "SUSPENDED"]);

const OVERVIEW = z.object({
  "flink-version": z.string(),
  taskmanagers: z.int(),
  "slots-total": z.int(),
  "slots-available": z.int(),
});
const TASK_MANAGERS = z.object({
  taskmanagers: z.array(z.object({ hardware: z.object({ cpuCores: z.int() }) })),
});
const UPLOADED = z.object({ filename: z.string() });
const STARTED = z.object({ jobid: z.string() });
const SUMMARY = z.object({ jid: z.string(), name: z.string(), state: z.string(), "start-time": z.number() });
const SUMMARIES = z.object({ jobs: z.array(SUMMARY) });
const JOB = z.object({
  jid: z.string(),
  name: z.string(),
  state: z.string(),
  "start-time": z.number(),
  vertices: z.array(z.object({ id: z.string(), name: z.string(), parallelism: z.int(), status: z.string() })),
});
const EXCEPTIONS = z.object({
  exceptionHistory: z.object({ entries: z.array(z.object({ timestamp: z.number(), stacktrace: z.string() })) }),
});
const CHECKPOINT = z.object({ id: z.int(), state_size: z.number(), external_path: z.string().nullish() });
const CHECKPOINTS = z.object({
  counts: z.object({ completed: z.int(), failed: z.int(), restored: z.int() }),
  latest: z.object({ completed: CHECKPOINT.nullish() }),
});
const TRIGGERED = z.object({ "request-id": z.string() });
const CAUSE = z.object({ "stack-trace": z.string() });
const SAVEPOINT = z.object({
  status: z.object({ id: z.enum(["IN_PROGRESS", "COMPLETED"]) }),
  operation: z.object({ location: z.string().nullish(), "failure-cause": CAUSE.nullish() }).nullish(),
});
const RESULT = z.object({
  status: z.object({ id: z.enum(["IN_PROGRESS", "COMPLETED"]) }),
  "job-execution-result": z.object({ "failure-cause": CAUSE.nullish() }).nullish(),
});
const ACCUMULATORS = z.object({
  "user-task-accumulators": z.array(z.object({ name: z.string(), type: z.string(), value: z.string() })),
});

export type FlinkOverview = z.infer<typeof OVERVIEW>;
export type FlinkJobSummary = z.infer<typeof SUMMARY>;
export type FlinkJob = z.infer<typeof JOB>;
export type FlinkFailure = z.infer<typeof EXCEPTIONS>["exceptionHistory"]["entries"][number];
export type FlinkCheckpoints = z.infer<typeof CHECKPOINTS>;
export type FlinkAccumulator = z.infer<typeof ACCUMULATORS>["user-task-accumulators"][number];

export interface RunJarRequest {
  /** Default: the main class of the jar's manifest. */
  readonly entryClass?: string;
  readonly programArgs?: readonly string[];
  /** Parallelism of programs that do not set their own. */
  readonly parallelism?: number;
  /** Path of a savepoint, or of a retained checkpoint. */
  readonly savepointPath?: string;
  /** True when state of stages that the program no longer has may be dropped. */
  readonly allowNonRestoredState?: boolean;
  /** Flink's own settings for this job, which replace the cluster's. */
  readonly flinkConfiguration?: Readonly<Record<string, string>>;
}

export interface SavepointRequest {
  /** Folder for the savepoint. Default: the cluster's `state.savepoints.dir`. */
  readonly directory?: string;
  /** Time limit for the savepoint. */
  readonly timeoutMs?: number;
}

export interface FlinkRestOptions {
  /** Time that a JobManager may be away before a request fails; default 30 s. */
  readonly patienceMs?: number;
  /** Token for changes, for a Flink that was started with one, as the embedded Flink is. */
  readonly token?: string | undefined;
}

const SAVEPOINT_TIMEOUT_MS = 10 * 60_000;
const SAVEPOINT_POLL_MS = 250;
const UPLOAD_TIMEOUT_MS = 10 * 60_000;
/** Limit for starting a jar, whose program may do a lot before its job exists. */
const RUN_TIMEOUT_MS = 5 * 60_000;

export class FlinkRest {
  readonly patienceMs: number;
  private readonly http: FlinkHttp;

  /** `url` has no slash at its end. */
  constructor(
    readonly url: string,
    { patienceMs = 30_000, token }: FlinkRestOptions = {},
  ) {
    this.patienceMs = patienceMs;
    this.http = new FlinkHttp(url, patienceMs, token);
  }

  overview(): Promise<FlinkOverview> {
    return this.http.get("/overview", OVERVIEW);
  }

  /**
   * Processors of the TaskManager that has the fewest; 1 while a cluster has none, which may start them with the job.
   */
  async fewestProcessors(): Promise<number> {
    const { taskmanagers } = await this.http.get("/taskmanagers", TASK_MANAGERS);
    return taskmanagers.length === 0 ? 1 : Math.min(...taskmanagers.map(({ hardware }) => hardware.cpuCores));
  }

  /** Uploads a jar. Resolves with its id. */
  async uploadJar(file: string): Promise<string> {
    const body = new FormData();
    body.set("jarfile", await openAsBlob(file, { type: "application/java-archive" }), path.basename(file));
    const { filename } = await this.http.send("POST", "/jars/upload", UPLOADED, { body, timeoutMs: UPLOAD_TIMEOUT_MS });
    return path.posix.basename(filename);
  }

  deleteJar(jar: string): Promise<unknown> {
    return this.http.send("DELETE", `/jars/${encodeURIComponent(jar)}`, z.unknown());
  }

  /** Starts a jar. Resolves with the job's id once Flink has accepted the job, which may still fail before it runs. */
  async runJar(jar: string, { programArgs = [], ...request }: RunJarRequest = {}): Promise<string> {
    const jobId = newId();
    const json = { ...request, programArgsList: programArgs, jobId };
    const address = `/jars/${encodeURIComponent(jar)}/run`;
    try {
      return (await this.http.send("POST", address, STARTED, { json, timeoutMs: RUN_TIMEOUT_MS })).jobid;
    } catch (error) {
      // The answer to an earlier attempt may have been lost: then the job exists, under this id.
      if ((await this.jobs().catch(() => [])).some(({ jid }) => jid === jobId)) return jobId;
      throw error;
    }
  }

  /** Returns all jobs that the cluster remembers. */
  async jobs(): Promise<readonly FlinkJobSummary[]> {
    return (await this.http.get("/jobs/overview", SUMMARIES)).jobs;
  }

  job(id: string): Promise<FlinkJob> {
    return this.http.get(jobPath(id), JOB);
  }

  /** Returns the newest failures of the job or its tasks, newest first. */
  async failures(id: string, count: number): Promise<readonly FlinkFailure[]> {
    const { exceptionHistory } = await this.http.get(`${jobPath(id)}/exceptions?maxExceptions=${count}`, EXCEPTIONS);
    return exceptionHistory.entries;
  }

  /** Returns the stack trace of the failure that ended the job; undefined when it has not failed, or has not ended. */
  async failureCause(id: string): Promise<string | undefined> {
    const { "job-execution-result": result } = await this.http.get(`${jobPath(id)}/execution-result`, RESULT);
    return result?.["failure-cause"]?.["stack-trace"];
  }

  checkpoints(id: string): Promise<FlinkCheckpoints> {
    return this.http.get(`${jobPath(id)}/checkpoints`, CHECKPOINTS);
  }

  /** Returns the job's accumulators as texts. Those of an ended job are complete. */
  async accumulators(id: string): Promise<readonly FlinkAccumulator[]> {
    return (await this.http.get(`${jobPath(id)}/accumulators`, ACCUMULATORS))["user-task-accumulators"];
  }

  /** Returns any other answer below `/jobs/<id>`, such as metrics. */
  ofJob<T>(id: string, below: string, form: z.ZodType<T>): Promise<T> {
    return this.http.get(`${jobPath(id)}${below}`, form);
  }

  /** Resolves when Flink has accepted the request to cancel. */
  async cancel(id: string): Promise<void> {
    await this.http.send("PATCH", `${jobPath(id)}?mode=cancel`, z.unknown());
  }

  /** Resolves with the savepoint's path once the job has ended with it. The job goes on when the savepoint fails. */
  stopWithSavepoint(id: string, request: SavepointRequest & { readonly drain?: boolean } = {}): Promise<string> {
    return this.takeSavepoint(
      id,
      "stop",
      { targetDirectory: request.directory, drain: request.drain ?? false },
      request,
    );
  }

  /** Resolves with the savepoint's path. The job goes on. */
  savepoint(id: string, request: SavepointRequest = {}): Promise<string> {
    return this.takeSavepoint(id, "savepoints", { "target-directory": request.directory }, request);
  }

  /** Asks Flink to delete the savepoint. Resolves when Flink has accepted the request. */
  async disposeSavepoint(savepoint: string): Promise<void> {
    await this.http.send("POST", "/savepoint-disposal", TRIGGERED, { json: { "savepoint-path": savepoint } });
  }

  private async takeSavepoint(
    id: string,
    command: "stop" | "savepoints",
    json: Readonly<Record<string, unknown>>,
    { timeoutMs = SAVEPOINT_TIMEOUT_MS }: SavepointRequest,
  ): Promise<string> {
    // Flink accepts this request for any job, and reports only later that the job has ended.
    const { state } = await this.job(id);
    if (ENDED_STATES.has(state))
      throw new BeamError("FLINK", `Job ${id} has ended (${state}): no savepoint can be made.`);
    // Requests with the same id are one operation, so retrying is harmless.
    const triggerId = newId();
    const trigger = await this.http.send("POST", `${jobPath(id)}/${command}`, TRIGGERED, {
      json: { ...json, triggerId },
    });
    const address = `${jobPath(id)}/savepoints/${trigger["request-id"]}`;
    const endMs = performance.now() + timeoutMs;
    while (performance.now() < endMs) {
      const { status, operation } = await this.http.get(address, SAVEPOINT);
      if (status.id === "COMPLETED") {
        const { location, "failure-cause": cause } = operation ?? {};
        if (typeof location === "string") {
          if (command === "stop") await this.waitForEnd(id, location, endMs);
          return location;
        }
        const reason = failureOf(cause ? [cause["stack-trace"]] : []).message.replace(/^The job failed: /, "");
        throw new BeamError("FLINK", `No savepoint of job ${id} could be made: ${reason}`);
      }
      await sleep(SAVEPOINT_POLL_MS);
    }
    throw new BeamError("FLINK", `The savepoint of job ${id} was not complete after ${timeoutMs / 1_000} s.`);
  }

  /**
   * Waits for the job's end. Tasks end one by one after their savepoint; until then they hold their slots and may still
   * write.
   */
  private async waitForEnd(id: string, savepoint: string, endMs: number): Promise<void> {
    while (!ENDED_STATES.has((await this.job(id)).state)) {
      if (performance.now() >= endMs) {
        throw new BeamError("FLINK", `Job ${id} left a savepoint, ${savepoint}, and does not end: cancel it.`);
      }
      await sleep(SAVEPOINT_POLL_MS);
    }
  }
}

function jobPath(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`;
}

/** Makes an id in Flink's format. */
function newId(): string {
  return randomUUID().replaceAll("-", "");
}
