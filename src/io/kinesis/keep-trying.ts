import { setTimeout as sleep } from "node:timers/promises";
import { JobError } from "../../chat/errors";
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

/**
 * Calls until it succeeds; rejects with a fatal `JobError`, or with PIPELINE when it has failed for `maxDurationMs` (for
 * ever, without it). For calls made now and then, not for polling.
 */
export async function keepTrying<T>(call: Call, attemptOnce: () => Promise<T>, maxDurationMs?: number): Promise<T> {
  const startMs = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await attemptOnce();
      logRecovery(attempt, call);
      return result;
    } catch (error) {
      const decision = decide(error, { ...call, attempt, random: Math.random() });
      if (decision.kind === "fatal") throw decision.error;
      logFailure(error, attempt, call);
      giveUpAfter(maxDurationMs, performance.now() - startMs, call, error);
      // An expired page token is renewed by beginning again, but not without a pause.
      await sleep(decision.kind === "retry" ? decision.delayMs : 200);
    }
  }
}

function giveUpAfter(maxDurationMs: number | undefined, failingForMs: number, call: Call, error: unknown): void {
  if (maxDurationMs === undefined || failingForMs < maxDurationMs) return;
  const { operation, streamName } = call;
  throw new JobError(
    "PIPELINE",
    `Kinesis answered no ${operation} on the stream "${streamName}" for ${Math.round(failingForMs / 1_000)} s (${errorName(error)}).`,
  );
}
