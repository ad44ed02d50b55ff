import { type BackOff, type Decide, type Decision, retrying, unlessAnswered } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { roomLog } from "../../log";
import { failureOf } from "../aws/failure";
import { logged } from "../retry";
import { decide, KINESIS_BACK_OFF, type KinesisCall } from "./retry";

export const log = roomLog("kinesis");

/** An expired page token is renewed by beginning again, after a pause. */
export const RENEWAL: BackOff = { baseMs: 200, capMs: 200, jitter: 0 };

/**
 * Calls until it succeeds; rejects with a fatal `JobError`, or with PIPELINE when it has failed for `maxDurationMs`
 * (for ever, without it). It suits calls made now and then, not polling.
 */
export function keepTrying<T>(call: KinesisCall, attemptOnce: () => Promise<T>, maxDurationMs?: number): Promise<T> {
  return keepTryingUntil(
    call,
    attemptOnce,
    unlessAnswered((error) => loopDecision(error, call)),
    maxDurationMs,
  );
}

/** Does the same where an answer may have to be followed by another call. */
export function keepTryingUntil<A, T>(
  call: KinesisCall,
  attemptOnce: () => Promise<A>,
  judge: Decide<A, T>,
  maxDurationMs?: number,
): Promise<T> {
  const { operation, streamName } = call;
  return retrying(attemptOnce, judge, {
    backOff: KINESIS_BACK_OFF,
    bounds: {
      maxDurationMs,
      giveUp: ({ failingForMs, why }) => {
        throw new JobError(
          "PIPELINE",
          `Kinesis answered no ${operation} on the stream "${streamName}" for ${Math.round(failingForMs / 1_000)} s (${why}).`,
        );
      },
    },
    ...logged(log, "Kinesis", { operation, streamName }),
  });
}

/** Translates the room's decision about a failure for the retry loop. */
export function loopDecision(error: unknown, call: KinesisCall): Exclude<Decision<never>, { kind: "done" }> {
  const why = failureOf(error).name;
  const decision = decide(error, call);
  switch (decision.kind) {
    case "fatal":
      return decision;
    case "renewIterator":
      return { kind: "again", why, backOff: RENEWAL };
    case "retry":
      return { kind: "again", why, retryAfterMs: decision.retryAfterMs };
  }
}
