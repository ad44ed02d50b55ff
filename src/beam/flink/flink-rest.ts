/**
 * Flink's REST service, as far as a job's life needs it: https://nightlies.apache.org/flink/flink-docs-release-1.19/docs/ops/rest_api/
 *
 * 1. Every method rejects with a `BeamError` of one sentence: SERVICE_UNREACHABLE when nobody answers, FLINK when Flink
 *    refuses or does not know what it was asked for.
 * 2. A JobManager that is away for a moment is asked again, with a growing pause, until `patienceMs` are over. Nothing
 *    is done twice by that: the ids of jobs and savepoints are chosen here, and an end may be asked for again. Only a
 *    jar whose upload was answered to nobody stays on the cluster.
 */
import { randomUUID } from "node:crypto";
import { openAsBlob } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { BeamError } from "../error";
import { failureOf } from "./failure";
import { FlinkHttp } from "./flink-http";

/** Of a job that has not ended: any other. */
export const ENDED_STATES: ReadonlySet<string> = new Set(["FINISHED", "CANCELED", "FAILED", "SUSPENDED"]);

const OVERVIEW = z.object({
  "flink-version": z.string(),
  taskmanagers: z.int(),
  "slots-total": z.int(),
  "slots-available": z.int(),
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
  /** Default: the manifest's. */
  readonly entryClass?: string;
  readonly programArgs?: readonly string[];
  /** Of programs that do not set their own. */
  readonly parallelism?: number;
  /** Of a savepoint or of a checkpoint that was retained. */
  readonly savepointPath?: string;
  /** Whether state of stages that the program no longer has may be left behind. */
  readonly allowNonRestoredState?: boolean;
  /** Flink's own settings for this job, instead of the cluster's. */
  readonly flinkConfiguration?: Readonly<Record<string, string>>;
}

export interface SavepointRequest {
  /** Where savepoints are written; default: the cluster's `state.savepoints.dir`. */
  readonly directory?: string;
  /** How long it may take. */
  readonly timeoutMs?: number;
}

export interface FlinkRestOptions {
  /** How long a JobManager may be away before a request fails; default 30 s. */
  readonly patienceMs?: number;
  /** Needed for changes by a Flink that was started with one, as the embedded Flink is. */
  readonly token?: string | undefined;
}

const SAVEPOINT_TIMEOUT_MS = 10 * 60_000;
const SAVEPOINT_POLL_MS = 250;
const UPLOAD_TIMEOUT_MS = 10 * 60_000;
/** A program in a jar may do a lot before its job is there. */
const RUN_TIMEOUT_MS = 5 * 60_000;

export class FlinkRest {
  readonly patienceMs: number;
  private readonly http: FlinkHttp;

  /** `url` without a slash at its end. */
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

  /** Resolves with the jar's id. */
  async uploadJar(file: string): Promise<string> {
    const body = new FormData();
    body.set("jarfile", await openAsBlob(file, { type: "application/java-archive" }), path.basename(file));
    const { filename } = await this.http.send("POST", "/jars/upload", UPLOADED, { body, timeoutMs: UPLOAD_TIMEOUT_MS });
    return path.posix.basename(filename);
  }

  deleteJar(jar: string): Promise<unknown> {
    return this.http.send("DELETE", `/jars/${encodeURIComponent(jar)}`, z.unknown());
  }

  /** Resolves with the job's id once Flink has taken the job, which may fail all the same before it runs. */
  async runJar(jar: string, { programArgs = [], ...request }: RunJarRequest = {}): Promise<string> {
    const jobId = newId();
    const json = { ...request, programArgsList: programArgs, jobId };
    const address = `/jars/${encodeURIComponent(jar)}/run`;
    try {
      return (await this.http.send("POST", address, STARTED, { json, timeoutMs: RUN_TIMEOUT_MS })).jobid;
    } catch (error) {
      // The answer to an earlier try may have been lost: then the job is there, under this id.
      if ((await this.jobs().catch(() => [])).some(({ jid }) => jid === jobId)) return jobId;
      throw error;
    }
  }

  /** All jobs that the cluster remembers. */
  async jobs(): Promise<readonly FlinkJobSummary[]> {
    return (await this.http.get("/jobs/overview", SUMMARIES)).jobs;
  }

  job(id: string): Promise<FlinkJob> {
    return this.http.get(jobPath(id), JOB);
  }

  /** Why tasks or the whole job failed, newest first. */
  async failures(id: string, count: number): Promise<readonly FlinkFailure[]> {
    const { exceptionHistory } = await this.http.get(`${jobPath(id)}/exceptions?maxExceptions=${count}`, EXCEPTIONS);
    return exceptionHistory.entries;
  }

  /** The stack trace of what ended the job; undefined when it did not fail, or has not ended. */
  async failureCause(id: string): Promise<string | undefined> {
    const { "job-execution-result": result } = await this.http.get(`${jobPath(id)}/execution-result`, RESULT);
    return result?.["failure-cause"]?.["stack-trace"];
  }

  checkpoints(id: string): Promise<FlinkCheckpoints> {
    return this.http.get(`${jobPath(id)}/checkpoints`, CHECKPOINTS);
  }

  /** What the job's tasks have counted, as texts; those of ended jobs are whole. */
  async accumulators(id: string): Promise<readonly FlinkAccumulator[]> {
    return (await this.http.get(`${jobPath(id)}/accumulators`, ACCUMULATORS))["user-task-accumulators"];
  }

  /** Any other answer below `/jobs/<id>`: metrics, for instance. */
  ofJob<T>(id: string, below: string, form: z.ZodType<T>): Promise<T> {
    return this.http.get(`${jobPath(id)}${below}`, form);
  }

  /** Resolves when the job is told to end. */
  async cancel(id: string): Promise<void> {
    await this.http.send("PATCH", `${jobPath(id)}?mode=cancel`, z.unknown());
  }

  /** Resolves with the savepoint's path once the job has ended with it. The job goes on when that fails. */
  stopWithSavepoint(id: string, request: SavepointRequest & { readonly drain?: boolean } = {}): Promise<string> {
    return this.takeSavepoint(
      id,
      "stop",
      { targetDirectory: request.directory, drain: request.drain ?? false },
      request,
    );
  }

  /** Resolves with the savepoint's path; the job goes on. */
  savepoint(id: string, request: SavepointRequest = {}): Promise<string> {
    return this.takeSavepoint(id, "savepoints", { "target-directory": request.directory }, request);
  }

  private async takeSavepoint(
    id: string,
    command: "stop" | "savepoints",
    json: Readonly<Record<string, unknown>>,
    { timeoutMs = SAVEPOINT_TIMEOUT_MS }: SavepointRequest,
  ): Promise<string> {
    // Flink takes the wish for any job, and says later that it did not find it.
    const { state } = await this.job(id);
    if (ENDED_STATES.has(state))
      throw new BeamError("FLINK", `Job ${id} has ended (${state}): no savepoint can be made.`);
    // Under one id it is one operation, however often the request arrives.
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

  /** Tasks end one by one after their savepoint; until then they hold their slots and may still write. */
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

/** As Flink writes its own. */
function newId(): string {
  return randomUUID().replaceAll("-", "");
}
