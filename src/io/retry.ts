import type { Logger } from "pino";
import type { RetryOptions } from "../beam/retry";
import { FIRST_ATTEMPT_LOGGED, isWorthALine } from "../log";

type Facts = Readonly<Record<string, unknown>>;

/** Says in the log that a service keeps failing, in lines that grow rarer. `failures` in a row, from 1. */
export function logFailures(log: Logger, service: string, failures: number, facts: Facts): void {
  if (isWorthALine(failures)) log.warn({ ...facts, attempt: failures }, `${service} keeps failing; still trying`);
}

/** Says that it answers again, if its failures were told. */
export function logRecovery(log: Logger, service: string, failures: number, facts: Facts = {}): void {
  if (failures >= FIRST_ATTEMPT_LOGGED) log.info({ ...facts, attempts: failures }, `${service} answers again`);
}

/** Both lines for a loop. `facts` name what was called, never what was in it. */
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
