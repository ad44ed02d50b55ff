import pino, { type Logger } from "pino";

const STANDARD_ERROR = 2;
/** Attempt from which failures are logged: trouble that ends sooner is not worth a line. */
export const FIRST_ATTEMPT_LOGGED = 4;
const logs: Logger[] = [];
let level = firstLevel();
let redirected: ((line: string) => void) | undefined;
// Synchronous, so that a line about a failure is not lost with the process.
const standardError = pino.destination({ fd: STANDARD_ERROR, sync: true });
// A full disk or a closed pipe loses lines, but must not end the job.
standardError.on("error", () => undefined);

function toStandardError(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(readable(line));
  else standardError.write(line);
}

/**
 * The log of one room, on standard error: JSON lines, or short readable ones on a terminal. Never chat text: lines name
 * positions, counts and classes of errors.
 */
export function roomLog(name: string): Logger {
  const options = { level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime };
  const log = pino(options, { write: (line) => (redirected ?? toStandardError)(line) });
  logs.push(log);
  return log;
}

/** Sets the level of all rooms, one of pino's names; "warn" before the first call. */
export function setLogLevel(next: string): void {
  level = next;
  for (const log of logs) log.level = next;
}

/** Reads the variable of `--log-level`, for tools and tests that have no such flag. */
function firstLevel(): string {
  const wanted = process.env["CHAT_SESSIONS_LOG_LEVEL"] ?? "";
  return wanted === "silent" || wanted in pino.levels.values ? wanted : "warn";
}

/**
 * Sends the lines of all rooms, in pino's JSON, to `sink`, since nobody sees standard error on a cluster; undefined
 * restores standard error.
 */
export function redirectLogs(sink: ((line: string) => void) | undefined): void {
  redirected = sink;
}

/** True when the nth failure in a row deserves a line: not the first few, and the intervals between lines double. */
export function isWorthALine(attempt: number): boolean {
  return attempt >= FIRST_ATTEMPT_LOGGED && Number.isInteger(Math.log2(attempt));
}

/** Formats one line of pino's JSON for people. */
export function readable(line: string): string {
  const { level: number, time, name, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const label = (pino.levels.labels[Number(number)] ?? "log").toUpperCase();
  const facts = Object.entries(rest).map(([key, value]) => `${key}=${plain(value)}`);
  return `${[plain(time).slice(11, 19), label, `${plain(name)}:`, plain(msg), ...facts].join(" ")}\n`;
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
