/** The application's log in CloudWatch: the service writes a JSON object a line, with the job's own lines in `message`. */
import { FilterLogEventsCommand, type FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import { setTimeout as sleep } from "node:timers/promises";
import { FATAL_CODES } from "../../src/errors";
import { safeText, shortened } from "../../src/tools/safe-text";
import { type Aws, call } from "./aws";
import { logGroupName } from "./template/log-names";

const MAX_LINE_CHARACTERS = 2_000;
/** Of a failure, the newest lines tell enough. */
const FAILURE_PAGES = 5;
/** What the job puts before a failure that its user must mend. */
const CODED = /\[([A-Z_]+)\] ([^\n]+)/g;

export interface LogLine {
  readonly id: string;
  readonly atMs: number;
  readonly severity: string;
  readonly message: string;
  /** With what a failure's stack trace says. */
  readonly all: string;
}

/** All lines since then, oldest first. */
async function* linesSince(aws: Aws, name: string, sinceMs: number, pattern?: string): AsyncGenerator<LogLine> {
  let token: string | undefined;
  do {
    const page = await call(`reading the log of ${name}`, () =>
      aws.logs.send(
        new FilterLogEventsCommand({
          logGroupName: logGroupName(name),
          startTime: sinceMs,
          nextToken: token,
          ...(pattern === undefined ? {} : { filterPattern: pattern }),
        }),
      ),
    );
    for (const event of page.events ?? []) yield lineOf(event);
    token = page.nextToken;
  } while (token !== undefined);
}

/** Hands over all lines since then; with `follow`, new ones too, until `ended`. */
export async function readLog(
  aws: Aws,
  name: string,
  wanted: { readonly sinceMs: number; readonly follow: boolean },
  write: (line: string) => void,
  ended: AbortSignal,
): Promise<void> {
  let sinceMs = wanted.sinceMs;
  // Lines of one millisecond come again at the next look.
  let seen = new Set<string>();
  for (;;) {
    let newestMs = sinceMs;
    const now = new Set<string>();
    for await (const line of linesSince(aws, name, sinceMs)) {
      if (line.atMs > newestMs) now.clear();
      newestMs = Math.max(newestMs, line.atMs);
      now.add(line.id);
      if (!seen.has(line.id)) write(printed(line));
    }
    seen = newestMs === sinceMs ? new Set([...seen, ...now]) : now;
    sinceMs = newestMs;
    if (!wanted.follow || ended.aborted) return;
    await sleep(aws.pollMs, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
  }
}

/** The newest failure since then that the user must mend, as its sentence. */
export async function failureSince(aws: Aws, name: string, sinceMs: number): Promise<string | undefined> {
  let found: string | undefined;
  let left = FAILURE_PAGES * 10_000;
  for await (const { all } of linesSince(aws, name, sinceMs, '"["')) {
    for (const [, code = "", sentence] of all.matchAll(CODED)) {
      if (Object.hasOwn(FATAL_CODES, code) && sentence !== undefined) found = safeText(sentence);
    }
    if (left-- === 0) break;
  }
  return found;
}

export function lineOf({ eventId = "", timestamp = 0, message = "" }: FilteredLogEvent): LogLine {
  const fields = jsonOf(message);
  const text = (key: string): string => (typeof fields[key] === "string" ? fields[key] : "");
  const said = text("message") === "" ? message : text("message");
  return {
    id: eventId,
    atMs: timestamp,
    severity: text("messageType"),
    message: said,
    all: [said, text("throwableInformation")].join("\n"),
  };
}

/** For a terminal. */
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
