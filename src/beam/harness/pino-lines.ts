/**
 * Sends lines of the program's own log (pino) to the runner's logging service. They name the part of the program but no
 * transform, because their subject, such as a service that does not answer, concerns all bundles.
 */
import type { FnApiLogger, Severity } from "./logging";

/** pino's levels, highest first. */
const SEVERITIES: readonly (readonly [number, Severity])[] = [
  [60, "CRITICAL"],
  [50, "ERROR"],
  [40, "WARN"],
  [30, "INFO"],
];

/** Logs one line, a JSON object. Fields besides message and name are appended to the message. */
export function logPinoLine(logger: FnApiLogger, line: string): void {
  const { level, time, name, msg, ...facts } = JSON.parse(line) as Record<string, unknown>;
  const severity = SEVERITIES.find(([least]) => Number(level) >= least)?.[1] ?? "DEBUG";
  const words = [msg, ...Object.entries(facts).map(([key, value]) => `${key}=${textOf(value)}`)];
  const timestampMs = Date.parse(textOf(time));
  logger.log(severity, words.map(textOf).join(" "), {
    location: textOf(name),
    ...(Number.isNaN(timestampMs) ? {} : { timestampMs }),
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
