/** Asks a model one question while somebody waits for the answer: at a start, or for a search. */
import { type BackOff, type Decision, type Failing, retrying, unlessFailed } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { clockAdvice, type TakeClock } from "../aws/clock";
import { credentialsAdvice } from "../aws/credentials";
import { type AwsFailure, failureOf } from "../aws/failure";
import { ownWords } from "../aws/own-words";
import { createBedrockClient, type Send } from "./client";
import { decide, jobErrorOf, type RetryCause } from "./retry";
import type { BedrockSettings } from "./settings";

const BACK_OFF: BackOff = { baseMs: 250, capMs: 2_000, jitter: 0 };
const MAX_ATTEMPTS = 5;
/** Shorter than the time-out of the job's calls, which may hold a long chat, because somebody waits. */
const ATTEMPT_TIMEOUT_MS = 20_000;

export type Asked<T> =
  | { readonly kind: "answer"; readonly value: T }
  /** The model exists, but is throttling every call. */
  | { readonly kind: "throttled" };

export interface Asking {
  /** Told of each answer's clock. */
  readonly takeClock?: TakeClock | undefined;
  /** Time for which a throttling model is asked again; without it, some seconds, as for one that does not answer. */
  readonly maxThrottledMs?: number;
  /** Called once, when the model throttles. */
  readonly onThrottled?: () => void;
}

type Attempt<T> =
  | { readonly kind: "answer"; readonly value: T }
  | { readonly kind: "failure"; readonly failure: AwsFailure; readonly cause: unknown };

/**
 * Asks until there is an answer, for some seconds. Rejects with a `JobError` of one sentence on how to mend it:
 * MODEL_NOT_FOUND, ACCESS_DENIED, NO_CREDENTIALS, SERVICE_UNREACHABLE or BAD_OPTION.
 */
export function ask<T>(
  settings: BedrockSettings,
  model: string,
  send: Send<T>,
  { maxThrottledMs = 0, onThrottled, takeClock }: Asking = {},
): Promise<Asked<T>> {
  const client = createBedrockClient(settings, takeClock);
  const attempt = async (): Promise<Attempt<T>> => {
    const signal = AbortSignal.timeout(Math.min(ATTEMPT_TIMEOUT_MS, settings.requestTimeoutMs));
    try {
      return { kind: "answer", value: await send(client, { signal }) };
    } catch (cause) {
      return { kind: "failure", failure: failureOf(cause, signal.aborted), cause };
    }
  };
  const { region } = settings;
  const where = settings.endpoint ?? `the region ${region}`;
  let isTold = false;
  return retrying(
    attempt,
    unlessFailed<Attempt<T>, Asked<T>>((own, failing) =>
      own.kind === "answer"
        ? { kind: "done", value: own }
        : decideAsked(own, failing, { model, where, region, maxThrottledMs }),
    ),
    {
      backOff: BACK_OFF,
      onRetry: ({ why }) => {
        if (why === "throttled" && !isTold) onThrottled?.();
        isTold ||= why === "throttled";
      },
    },
  ).finally(() => client.close());
}

interface Question {
  readonly model: string;
  /** Bedrock's address or region, for the error's sentence. */
  readonly where: string;
  readonly region: string;
  readonly maxThrottledMs: number;
}

/** Decides about a failed attempt; `failing` counts the failures. */
export function decideAsked(
  { failure, cause }: { readonly failure: AwsFailure; readonly cause: unknown },
  { failures, failingForMs }: Failing,
  { model, where, region, maxThrottledMs }: Question,
): Decision<{ readonly kind: "throttled" }> {
  const decision = decide(failure, model, { region, mayTell: true });
  if (decision.kind === "retry") {
    const error = cannotWait(decision.cause, failure, model, cause);
    if (error !== undefined) return { kind: "fatal", error };
  }
  if (decision.kind === "fatal") return { kind: "fatal", error: jobErrorOf(decision, cause) };
  if (decision.kind !== "retry") {
    const reason = decision.reason.replace(/\.$/, "");
    const sentence = `${model} rejects even a greeting, so try it once in the playground of Bedrock's console, mend what that tells, or give another model: ${reason}.`;
    return { kind: "fatal", error: new JobError("BAD_OPTION", sentence, { cause }) };
  }
  const isThrottled = decision.cause === "throttled";
  if (!failure.timedOut && (failures < MAX_ATTEMPTS || (isThrottled && failingForMs < maxThrottledMs))) {
    return { kind: "again", why: decision.cause, retryAfterMs: decision.retryAfterMs };
  }
  if (isThrottled) return { kind: "done", value: { kind: "throttled" } };
  if (decision.cause === "clock") {
    const advice = clockAdvice("Bedrock", failure.name, failure.clockAheadMs);
    return { kind: "fatal", error: new JobError("NO_CREDENTIALS", advice, { cause }) };
  }
  const sentence = `Bedrock does not answer at ${where}; check the network, the region and --bedrock-endpoint.`;
  return { kind: "fatal", error: new JobError("SERVICE_UNREACHABLE", sentence, { cause }) };
}

/** Trouble that a running job waits for, and that somebody who waits for an answer must hear of at once. */
function cannotWait(
  why: RetryCause,
  { name, message }: AwsFailure,
  model: string,
  cause: unknown,
): JobError | undefined {
  if (why === "credentials") {
    return new JobError("NO_CREDENTIALS", credentialsAdvice("credentialsMissing", "Bedrock", name), { cause });
  }
  if (why !== "dayQuota") return undefined;
  const sentence = `The account's tokens of this day for ${model} are used up: wait until tomorrow, use another model, or ask for a higher quota (Service Quotas, Amazon Bedrock); new accounts have few or none.${ownWords(message)}`;
  return new JobError("SERVICE_UNREACHABLE", sentence, { cause });
}
