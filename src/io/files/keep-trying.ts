import { type Decision, retrying, unlessAnswered } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { roomLog } from "../../log";
import { credentialsAdvice } from "../aws/credentials";
import { failureOf } from "../aws/failure";
import { kindOf } from "../aws/kind";
import { logged } from "../retry";
import { decide, FILES_BACK_OFF, type FilesCall } from "./retry";

const log = roomLog("files");
/** At the start a person waits, so S3 that does not answer is named soon; a running job waits for it. */
const MAX_ATTEMPTS_AT_START = 3;

/**
 * Calls until it succeeds; rejects with a fatal `JobError`, or with PIPELINE when it has failed for `maxDurationMs`
 * (for ever, without it).
 */
export function keepTrying<T>(call: FilesCall, attemptOnce: () => Promise<T>, maxDurationMs?: number): Promise<T> {
  return retrying(
    attemptOnce,
    unlessAnswered((error) => loopDecision(error, call)),
    {
      backOff: FILES_BACK_OFF,
      bounds: {
        maxDurationMs,
        giveUp: ({ failingForMs, why }) => {
          const seconds = Math.round(failingForMs / 1_000);
          throw new JobError("PIPELINE", `${call.name} could not be read for ${seconds} s (${why}).`);
        },
      },
      ...logged(log, "Reading files", { operation: call.operation }),
    },
  );
}

/** Does the same at the start. Rejects with SERVICE_UNREACHABLE or NO_CREDENTIALS where a running job would wait. */
export function tryAtStart<T>(call: FilesCall, attemptOnce: () => Promise<T>): Promise<T> {
  return retrying(
    attemptOnce,
    unlessAnswered((error, { failures }) => decideAtStart(error, call, failures)),
    { backOff: FILES_BACK_OFF },
  );
}

function decideAtStart(error: unknown, call: FilesCall, failures: number): Exclude<Decision<never>, { kind: "done" }> {
  const decision = loopDecision(error, call);
  if (decision.kind === "fatal") return decision;
  const failure = failureOf(error);
  const kind = kindOf(failure);
  if (kind === "credentialsMissing") {
    const sentence = credentialsAdvice(kind, "S3", failure.name);
    return { kind: "fatal", error: new JobError("NO_CREDENTIALS", sentence, { cause: error }) };
  }
  if (failures < MAX_ATTEMPTS_AT_START) return decision;
  const sentence = `${call.name} does not answer (${failure.name}): check the address, the region and the network.`;
  return { kind: "fatal", error: new JobError("SERVICE_UNREACHABLE", sentence, { cause: error }) };
}

function loopDecision(error: unknown, call: FilesCall): Exclude<Decision<never>, { kind: "done" | "repeat" }> {
  const decision = decide(error, call);
  if (decision.kind === "fatal") return decision;
  return { kind: "again", why: decision.why, retryAfterMs: decision.retryAfterMs };
}
