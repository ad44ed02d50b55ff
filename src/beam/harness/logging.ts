/**
 * Sends log lines to the runner's logging service, so that they appear in the cluster's own logs.
 *
 * 1. At most `MAX_QUEUED` lines of at most `MAX_QUEUED_BYTES` wait for the stream. Further lines are counted, and the
 *    count is logged.
 * 2. While the service is away, lines go to standard error. Only lines that the stream had already taken can be lost.
 * 3. Logging never waits and never throws.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { INSECURE } from "../sdk/channel";
import { BeamFnLoggingClient, CHANNEL_OPTIONS, fnApi, type WorkerIdentity, workerMetadata } from "../sdk/fn-api";
import { toTimestamp } from "./instants";

/** Bound before `author-output.ts` replaces the stream's `write`, so that it still reaches the stream. */
const writeOwn = process.stderr.write.bind(process.stderr);

const MAX_QUEUED = 10_000;
/** Limit of the queue, counting two bytes for each character. */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024;
/** Memory that a line takes besides its text, roughly. */
const LINE_BYTES = 300;
const MAX_LINES_PER_MESSAGE = 1_000;
const FLUSH_MS = 100;
/** Limit of how long `end` waits for the runner to take the last lines. */
const END_MS = 1_000;
const POLL_MS = 5;

export type Severity = "DEBUG" | "INFO" | "WARN" | "ERROR" | "CRITICAL";

export interface LogContext {
  readonly instructionId?: string;
  readonly transformId?: string;
  /** The stack frames. */
  readonly trace?: string;
  /** The part of the program that logs. */
  readonly location?: string;
  readonly timestampMs?: number;
}

type LogStream = ClientDuplexStream<fnApi.LogEntry_List, fnApi.LogControl>;

export class FnApiLogger {
  private readonly client: BeamFnLoggingClient | undefined;
  private stream: LogStream | undefined;
  private queue: fnApi.LogEntry[] = [];
  private queuedBytes = 0;
  private dropped = 0;
  private isDraining = false;
  private timer: NodeJS.Timeout | undefined;

  /** Opens the stream. Without a url, all lines go to `fallback`, as one JSON object each. */
  constructor(
    url: string | undefined,
    worker: WorkerIdentity,
    private readonly fallback: (line: string) => void = writeToStandardError,
  ) {
    if (url === undefined || url === "") return;
    this.client = new BeamFnLoggingClient(url, INSECURE, CHANNEL_OPTIONS);
    this.stream = this.client.logging(workerMetadata(worker));
    this.stream.on("error", () => this.lose());
    this.stream.on("end", () => this.lose());
    this.stream.on("data", () => undefined);
    this.stream.on("drain", () => {
      this.isDraining = false;
      this.flush();
    });
  }

  log(severity: Severity, message: string, context: LogContext = {}): void {
    const line = entry(severity, message, context);
    if (this.stream === undefined) {
      this.fallback(plainLine(line));
    } else if (!this.hasRoom(bytesOf(line))) {
      this.dropped++;
    } else {
      this.queue.push(line);
      this.queuedBytes += bytesOf(line);
      this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
    }
  }

  /** Resolves when the runner has the last lines, or when it does not take them in time. */
  async end(): Promise<void> {
    const deadlineMs = performance.now() + END_MS;
    this.flush();
    while (this.stream !== undefined && this.queue.length > 0 && performance.now() < deadlineMs) {
      await sleep(POLL_MS);
    }
    const { stream } = this;
    if (stream === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, deadlineMs - performance.now()));
      stream.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      stream.end();
    });
    this.lose();
    this.client?.close();
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.stream !== undefined && !this.isDraining && this.queue.length > 0) {
      const logEntries = this.queue.splice(0, MAX_LINES_PER_MESSAGE);
      for (const line of logEntries) this.queuedBytes -= bytesOf(line);
      this.isDraining = !this.stream.write({ logEntries });
    }
    if (this.dropped > 0 && this.hasRoom(2 * LINE_BYTES)) {
      const { dropped } = this;
      this.dropped = 0;
      this.log("WARN", `${dropped} log lines were dropped.`);
    }
  }

  private hasRoom(bytes: number): boolean {
    return this.queue.length < MAX_QUEUED && this.queuedBytes + bytes <= MAX_QUEUED_BYTES;
  }

  private lose(): void {
    this.stream = undefined;
    const { queue } = this;
    this.queue = [];
    this.queuedBytes = 0;
    for (const line of queue) this.fallback(plainLine(line));
    this.flush();
  }
}

/** Writes messages of this layer itself, which must not be captured as an author's output. */
export function writeToStandardError(text: string): void {
  writeOwn(text);
}

function entry(severity: Severity, message: string, context: LogContext): fnApi.LogEntry {
  return fnApi.LogEntry.create({
    severity: fnApi.LogEntry_Severity_Enum[severity],
    timestamp: toTimestamp(context.timestampMs ?? Date.now()),
    message,
    trace: context.trace ?? "",
    instructionId: context.instructionId ?? "",
    transformId: context.transformId ?? "",
    logLocation: context.location ?? "",
    thread: "main",
  });
}

function bytesOf({ message, trace }: fnApi.LogEntry): number {
  return LINE_BYTES + 2 * (message.length + trace.length);
}

function plainLine({ severity, message, instructionId, transformId, logLocation, trace }: fnApi.LogEntry): string {
  const facts = {
    severity: fnApi.LogEntry_Severity_Enum[severity],
    message,
    instructionId,
    transformId,
    logLocation,
    trace,
  };
  return `${JSON.stringify(Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== "")))}\n`;
}
