import pino, { type Logger } from "pino";

const STANDARD_ERROR = 2;
const logs: Logger[] = [];
let level = firstLevel();

/**
 * The log of one room, on standard error: JSON lines, or short readable ones on a terminal. Never chat text: whoever
 * logs names positions, counts and classes of errors.
 */
export function roomLog(name: string): Logger {
  const options = { name, level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  // Written at once: a line about a failure must not be lost with the process.
  const log = process.stderr.isTTY
    ? pino(options, { write: (line) => void process.stderr.write(readable(line)) })
    : pino(options, pino.destination({ fd: STANDARD_ERROR, sync: true }));
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
