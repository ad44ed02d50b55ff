import { setTimeout as sleep } from "node:timers/promises";
import { FIRST_ATTEMPT_LOGGED, isWorthALine, roomLog } from "../../log";
import { decide, errorName, type FailedCall } from "./retry";

const log = roomLog("kinesis");

type Call = Pick<FailedCall, "operation" | "streamName">;

/** Says in the log that a call keeps failing; `shardId` where it concerns one shard. */
export function logFailure(error: unknown, attempt: number, call: Call & { readonly shardId?: string }): void {
  if (isWorthALine(attempt))
    log.warn({ ...call, attempt, error: errorName(error) }, "Kinesis keeps failing; still trying");
}

export function logRecovery(attempts: number, call: Call & { readonly shardId?: string }): void {
  if (attempts >= FIRST_ATTEMPT_LOGGED) log.info({ ...call, attempts }, "Kinesis answers again");
}

/** Calls until it succeeds; rejects with a fatal `JobError` only. For calls made now and then, not for polling. */
export async function keepTrying<T>(call: Call, attemptOnce: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await attemptOnce();
      logRecovery(attempt, call);
      return result;
    } catch (error) {
      const decision = decide(error, { ...call, attempt, random: Math.random() });
      if (decision.kind === "fatal") throw decision.error;
      logFailure(error, attempt, call);
      // An expired page token is renewed by beginning again, but not without a pause.
      await sleep(decision.kind === "retry" ? decision.delayMs : 200);
    }
  }
}
