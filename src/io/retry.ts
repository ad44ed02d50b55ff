import type { Logger } from "pino";
import type { RetryOptions } from "../beam/retry";
import { FIRST_ATTEMPT_LOGGED, isWorthALine } from "../log";

type Facts = Readonly<Record<string, unknown>>;

/** Logs that a service keeps failing, in lines that grow rarer. `failures` counts those in a row, from 1. */
export function logFailures(log: Logger, service: string, failures: number, facts: Facts): void {
  if (isWorthALine(failures)) log.warn({ ...facts, attempt: failures }, `${service} keeps failing; still trying`);
}

/** Logs that the service answers again, if its failures were logged. */
export function logRecovery(log: Logger, service: string, failures: number, facts: Facts = {}): void {
  if (failures >= FIRST_ATTEMPT_LOGGED) log.info({ ...facts, attempts: failures }, `${service} answers again`);
}

/** Both log lines for a loop. `facts` name the call, never its content. */
export function logged(
  log: Logger,
  service: string,
  facts: Facts = {},
): Required<Pick<RetryOptions<unknown>, "onRetry" | "onRecovery">> {
  return {
    onRetry: ({ failures, why }) => logFailures(log, service, failures, { ...facts, why }),
    onRecovery: (failures) => logRecovery(log, service, failures, facts),
  };
}
