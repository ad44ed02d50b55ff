/**
 * The application's log in CloudWatch: the service writes a JSON object a line, with the job's own lines in `message`.
 */
import { FilterLogEventsCommand, type FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import { setTimeout as sleep } from "node:timers/promises";
import { codedFailureIn } from "../../src/beam/flink";
import { FATAL_CODES, type FatalCode } from "../../src/chat/errors";
import { safeText, shortened } from "../../src/cli/terminal/safe-text";
import { type Aws, call } from "./aws";
import { WAITS_FOR_IT } from "./job-manager/waits";
import { logGroupName } from "./template/log-names";

const MAX_LINE_CHARACTERS = 2_000;
/** Delay by which a line may reach CloudWatch after one that was written later. */
const LATE_MS = 60_000;
/**
 * Spans that are searched for a failure, the newest first, since CloudWatch returns the oldest lines of a span first.
 */
const WINDOWS_MS = [600_000, 3_600_000, 6 * 3_600_000, Infinity];
/**
 * The start of a worker's line about a failure that the job's user must mend. Further on, or on a further line, a code
 * may be quoted from a service or a chat.
 */
const CODED = /^\[([A-Z_]+)\] ([^\n]+)/;
/** Matches lines with any of the codes. */
const ANY_CODE = Object.keys(FATAL_CODES)
  .map((code) => `?"[${code}]"`)
  .join(" ");
/** The sentence about a service that did not answer when the job was built. */
const UNANSWERED = new RegExp(`(?:While the pipeline was built: )?(.*\\S) ${WAITS_FOR_IT}`);
/** Flink's word for a job that failed and starts again by itself. */
const RESTARTING = "to RESTARTING";
/** Bounds the pages, since an empty one may have others behind it; no log of ours has so many. */
const MAX_PAGES = 10_000;

export interface LogLine {
  readonly id: string;
  readonly atMs: number;
  readonly severity: string;
  readonly message: string;
  /** A failure's stack trace; else empty. */
  readonly trace: string;
}

interface Part {
  readonly sinceMs: number;
  readonly untilMs?: number | undefined;
  readonly pattern?: string;
}

/** All lines of that span, oldest first. */
async function* lines(aws: Aws, name: string, { sinceMs, untilMs, pattern }: Part): AsyncGenerator<LogLine> {
  let token: string | undefined;
  for (let count = 0; count < MAX_PAGES; count++) {
    const page = await call(`reading the log of ${name}`, () =>
      aws.logs.send(
        new FilterLogEventsCommand({
          logGroupName: logGroupName(name),
          startTime: sinceMs,
          nextToken: token,
          ...(untilMs === undefined ? {} : { endTime: untilMs }),
          ...(pattern === undefined ? {} : { filterPattern: pattern }),
        }),
      ),
    );
    for (const event of page.events ?? []) yield lineOf(event);
    token = page.nextToken;
    if (token === undefined) return;
  }
}

/** Passes on all lines since then; with `follow`, new ones too, until `ended`. */
export async function readLog(
  aws: Aws,
  name: string,
  wanted: { readonly sinceMs: number; readonly follow: boolean },
  write: (line: string) => void,
  ended: AbortSignal,
): Promise<void> {
  let newestMs = wanted.sinceMs;
  const seen = new Map<string, number>();
  for (;;) {
    for await (const line of lines(aws, name, { sinceMs: Math.max(wanted.sinceMs, newestMs - LATE_MS) })) {
      if (seen.has(line.id)) continue;
      seen.set(line.id, line.atMs);
      newestMs = Math.max(newestMs, line.atMs);
      write(printed(line));
    }
    for (const [id, atMs] of seen) if (atMs < newestMs - LATE_MS) seen.delete(id);
    if (!wanted.follow || ended.aborted) return;
    await sleep(aws.pollMs, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
  }
}

export interface Failure {
  readonly atMs: number;
  readonly code: FatalCode;
  readonly sentence: string;
}

/** Signs that a job does not do its work. */
export interface Signs {
  /** The newest failure that the user must mend. */
  readonly failure: Failure | undefined;
  /** A sentence for each service that did not answer when the job was built. */
  readonly unanswered: readonly string[];
  readonly restarts: number;
}

/** All signs in the log since then. */
export async function signsSince(aws: Aws, name: string, sinceMs: number): Promise<Signs> {
  const pattern = `${ANY_CODE} ?"${WAITS_FOR_IT}" ?"${RESTARTING}"`;
  let failure: Failure | undefined;
  let restarts = 0;
  const unanswered = new Set<string>();
  for await (const line of lines(aws, name, { sinceMs, pattern })) {
    failure = failureOf(line) ?? failure;
    const [, sentence] = UNANSWERED.exec(line.message) ?? [];
    if (sentence !== undefined) unanswered.add(safeText(sentence));
    if (line.message.includes(RESTARTING)) restarts++;
  }
  return { failure, unanswered: [...unanswered], restarts };
}

/** The newest failure since then that the user must mend. */
export async function failureSince(aws: Aws, name: string, sinceMs: number): Promise<Failure | undefined> {
  const nowMs = Date.now();
  let untilMs: number | undefined;
  for (const windowMs of WINDOWS_MS) {
    const fromMs = Math.max(sinceMs, nowMs - windowMs);
    let found: Failure | undefined;
    for await (const line of lines(aws, name, { sinceMs: fromMs, untilMs, pattern: ANY_CODE })) {
      found = failureOf(line) ?? found;
    }
    if (found !== undefined || fromMs === sinceMs) return found;
    untilMs = fromMs;
  }
  return undefined;
}

/** The failure that a line tells of; undefined when it tells of none. */
export function failureOf({ message, trace, atMs }: LogLine): Failure | undefined {
  const [, ofWorker = "", words] = CODED.exec(message) ?? [];
  const thrown = codedFailureIn(trace);
  const [code, sentence] = thrown === undefined ? [ofWorker, words] : [thrown.code, thrown.message];
  return sentence === undefined || !isFatal(code) ? undefined : { atMs, code, sentence: safeText(sentence) };
}

function isFatal(code: string): code is FatalCode {
  return Object.hasOwn(FATAL_CODES, code);
}

export function lineOf({ eventId = "", timestamp = 0, message = "" }: FilteredLogEvent): LogLine {
  const fields = jsonOf(message);
  const text = (key: string): string => textOf(fields[key]);
  const said = text("message") === "" ? message : text("message");
  return {
    id: eventId,
    atMs: timestamp,
    severity: text("messageType"),
    message: said,
    trace: text("throwableInformation"),
  };
}

/** Stack traces come as one text, or line by line. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map(textOf).join("\n") : "";
}

/** Formats a line for a terminal. */
export function printed({ atMs, severity, message }: LogLine): string {
  const line = [new Date(atMs).toISOString(), severity.padEnd(5), message].join(" ");
  return shortened(safeText(line), MAX_LINE_CHARACTERS);
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
