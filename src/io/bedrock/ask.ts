/** One question to a model while somebody waits for the answer: at a start, or for a search. */
import { type BackOff, type Decision, type Failing, retrying, unlessFailed } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { type AwsFailure, failureOf } from "../aws/failure";
import { createBedrockClient, type Send } from "./client";
import { decide, jobErrorOf } from "./retry";
import type { BedrockSettings } from "./settings";

const BACK_OFF: BackOff = { baseMs: 250, capMs: 2_000, jitter: 0 };
const MAX_ATTEMPTS = 5;
/** Nobody who waits should wait as long as a call with a long chat may. */
const ATTEMPT_TIMEOUT_MS = 20_000;

export type Asked<T> =
  | { readonly kind: "answer"; readonly value: T }
  /** The model is there, and answers nobody just now. */
  | { readonly kind: "throttled" };

export interface Patience {
  /** How long a model that throttles is asked again; without it, as long as one that does not answer: some seconds. */
  readonly maxThrottledMs?: number;
  /** Told once, when it throttles. */
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
  { maxThrottledMs = 0, onThrottled }: Patience = {},
): Promise<Asked<T>> {
  const client = createBedrockClient(settings);
  const attempt = async (): Promise<Attempt<T>> => {
    const signal = AbortSignal.timeout(Math.min(ATTEMPT_TIMEOUT_MS, settings.requestTimeoutMs));
    try {
      return { kind: "answer", value: await send(client, { signal }) };
    } catch (cause) {
      return { kind: "failure", failure: failureOf(cause, signal.aborted), cause };
    }
  };
  const where = settings.endpoint ?? `the region ${settings.region}`;
  let isTold = false;
  return retrying(
    attempt,
    unlessFailed<Attempt<T>, Asked<T>>((own, failing) =>
      own.kind === "answer"
        ? { kind: "done", value: own }
        : decideAsked(own, failing, { model, where, maxThrottledMs }),
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
  /** Where Bedrock was looked for. */
  readonly where: string;
  readonly maxThrottledMs: number;
}

/** What to do about a failed attempt; `failing` counts it. */
export function decideAsked(
  { failure, cause }: { readonly failure: AwsFailure; readonly cause: unknown },
  { failures, failingForMs }: Failing,
  { model, where, maxThrottledMs }: Question,
): Decision<{ readonly kind: "throttled" }> {
  const decision = decide(failure, model);
  if (decision.kind === "fatal") return { kind: "fatal", error: jobErrorOf(decision, cause) };
  if (decision.kind !== "retry") {
    const sentence = `${model} rejects even a greeting: ${decision.reason}.`;
    return { kind: "fatal", error: new JobError("BAD_OPTION", sentence, { cause }) };
  }
  const isThrottled = decision.cause === "throttled";
  if (!failure.timedOut && (failures < MAX_ATTEMPTS || (isThrottled && failingForMs < maxThrottledMs))) {
    return { kind: "again", why: decision.cause, retryAfterMs: decision.retryAfterMs };
  }
  if (isThrottled) return { kind: "done", value: { kind: "throttled" } };
  const sentence = `Bedrock does not answer at ${where}; check the network, the region and --bedrock-endpoint.`;
  return { kind: "fatal", error: new JobError("SERVICE_UNREACHABLE", sentence, { cause }) };
}
