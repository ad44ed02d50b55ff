import pino, { type Logger } from "pino";

const STANDARD_ERROR = 2;
/** What ends sooner was not worth a line. */
export const FIRST_ATTEMPT_LOGGED = 4;
const logs: Logger[] = [];
let level = firstLevel();
let redirected: ((line: string) => void) | undefined;
// Written at once: a line about a failure must not be lost with the process.
const standardError = pino.destination({ fd: STANDARD_ERROR, sync: true });

function toStandardError(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(readable(line));
  else standardError.write(line);
}

/**
 * The log of one room, on standard error: JSON lines, or short readable ones on a terminal. Never chat text: whoever
 * logs names positions, counts and classes of errors.
 */
export function roomLog(name: string): Logger {
  const options = { level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime };
  const log = pino(options, { write: (line) => (redirected ?? toStandardError)(line) });
  logs.push(log);
  return log;
}

/** For all rooms; one of pino's names. "warn" until then. */
export function setLogLevel(next: string): void {
  level = next;
  for (const log of logs) log.level = next;
}

/** The variable of `--log-level`, for tools and tests that have no such flag. */
function firstLevel(): string {
  const wanted = process.env["CHAT_SESSIONS_LOG_LEVEL"] ?? "";
  return wanted === "silent" || wanted in pino.levels.values ? wanted : "warn";
}

/** Sends the lines of all rooms, pino's JSON, elsewhere, since on a cluster nobody sees standard error; undefined: back there. */
export function redirectLogs(sink: ((line: string) => void) | undefined): void {
  redirected = sink;
}

/** Whether the nth failure in a row deserves a line: not the first few, and the intervals between lines double. */
export function isWorthALine(attempt: number): boolean {
  return attempt >= FIRST_ATTEMPT_LOGGED && Number.isInteger(Math.log2(attempt));
}

/** One line of pino's JSON as a person likes to read it. */
export function readable(line: string): string {
  const { level: number, time, name, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const label = (pino.levels.labels[Number(number)] ?? "log").toUpperCase();
  const facts = Object.entries(rest).map(([key, value]) => `${key}=${plain(value)}`);
  return `${[plain(time).slice(11, 19), label, `${plain(name)}:`, plain(msg), ...facts].join(" ")}\n`;
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
