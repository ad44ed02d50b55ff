/**
 * Log lines to the runner's logging service, so that they stand in the cluster's own logs.
 *
 * 1. At most `MAX_QUEUED` lines wait for the stream; further ones are counted, and the count is logged.
 * 2. While the service is away, lines go to standard error: nothing is swallowed.
 */
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { BeamFnLoggingClient, CHANNEL_OPTIONS, fnApi, INSECURE, workerMetadata } from "../sdk-fn-api";
import { toTimestamp } from "./instants";

const MAX_QUEUED = 10_000;
const FLUSH_MS = 100;

export type Severity = "DEBUG" | "INFO" | "WARN" | "ERROR";

export interface LogContext {
  readonly instructionId?: string;
  readonly transformId?: string;
  readonly trace?: string;
}

export class FnApiLogger {
  private stream: ClientDuplexStream<fnApi.LogEntry_List, fnApi.LogControl> | undefined;
  private queue: fnApi.LogEntry[] = [];
  private dropped = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(url: string | undefined, workerId: string) {
    if (url === undefined || url === "") return;
    const client = new BeamFnLoggingClient(url, INSECURE, CHANNEL_OPTIONS);
    this.stream = client.logging(workerMetadata(workerId));
    this.stream.on("error", () => this.lose());
    this.stream.on("end", () => this.lose());
    this.stream.on("data", () => undefined);
  }

  log(severity: Severity, message: string, context: LogContext = {}): void {
    if (this.stream === undefined) return writeToStandardError(severity, message, context);
    if (this.queue.length >= MAX_QUEUED) {
      this.dropped++;
      return;
    }
    this.queue.push(entry(severity, message, context));
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.dropped > 0) this.queue.push(entry("WARN", `${this.dropped} log lines were dropped.`, {}));
    this.dropped = 0;
    const logEntries = this.queue;
    this.queue = [];
    if (logEntries.length > 0) this.stream?.write({ logEntries });
  }

  end(): void {
    this.flush();
    this.stream?.end();
  }

  private lose(): void {
    this.stream = undefined;
    for (const { severity, message } of this.queue) {
      writeToStandardError(fnApi.LogEntry_Severity_Enum[severity] as Severity, message, {});
    }
    this.queue = [];
  }
}

function entry(severity: Severity, message: string, context: LogContext): fnApi.LogEntry {
  return fnApi.LogEntry.create({
    severity: fnApi.LogEntry_Severity_Enum[severity],
    timestamp: toTimestamp(Date.now()),
    message,
    trace: context.trace ?? "",
    instructionId: context.instructionId ?? "",
    transformId: context.transformId ?? "",
    logLocation: "",
    thread: "main",
  });
}

function writeToStandardError(severity: Severity, message: string, context: LogContext): void {
  process.stderr.write(`${JSON.stringify({ severity, message, ...context })}\n`);
}
