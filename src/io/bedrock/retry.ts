/**
 * Decides about a failed call: a pure function of the failure. Sources of the classes: the Bedrock Runtime API
 * reference ("Troubleshooting Amazon Bedrock API Error Codes"), and the common errors of all AWS services.
 */
import type { BackOff } from "../../beam/retry";
import { type FatalCode, JobError } from "../../chat/errors";
import { credentialsAdvice } from "../aws/credentials";
import { deniedWords } from "../aws/denial";
import type { AwsFailure } from "../aws/failure";
import { kindOf } from "../aws/kind";
import { ownWords } from "../aws/own-words";
import type { RetryCauseOf } from "../retry-causes";
import { type AccountRefusal, accountRefusal, deniedRefusal } from "./account-refusal";
import type { FailedCallCause } from "./measures";
import { elsewhereAdvice } from "./region-models";
import { SAYS } from "./service-words";

/**
 * The meaning of a retry for rate control. `modelError` may be the input's fault, so it is bounded; `dayQuota` may last
 * for hours.
 */
export type RetryCause = "throttled" | "dayQuota" | "unavailable" | "credentials" | "clock" | "timedOut" | "modelError";

export type Decision =
  | { readonly kind: "retry"; readonly cause: RetryCause; readonly retryAfterMs?: number }
  /** The input is longer than the model takes; a shorter one may succeed. */
  | { readonly kind: "tooLong"; readonly reason: string }
  /**
   * The input can never succeed. `reason` is our own sentence: a service's message may quote the input. `isCertain` is
   * false when the words are unknown, so that the account may be meant as well.
   */
  | { readonly kind: "refused"; readonly reason: string; readonly isCertain: boolean }
  /** `mayPass` is true when a job that runs may wait for some minutes for an account that is being set up. */
  | { readonly kind: "fatal"; readonly code: FatalCode; readonly message: string; readonly mayPass: boolean };

export interface CallFacts {
  /** The region asked, for advice about what it has. */
  readonly region?: string | undefined;
  /** True when the input holds nothing of a chat, so that the service's words about it may be told. */
  readonly mayTell?: boolean;
}

/**
 * Pauses, all of them random. A throttled call waits long, because quotas are counted by the minute; the others wait
 * briefly, because during an outage the rate controller lets through single probes only, and waiting here would delay
 * recovery.
 */
export const BACK_OFF: Readonly<Record<RetryCause, BackOff>> = {
  throttled: { baseMs: 500, capMs: 20_000, jitter: 1 },
  dayQuota: { baseMs: 5_000, capMs: 300_000, jitter: 0.5 },
  unavailable: { baseMs: 100, capMs: 1_000, jitter: 1 },
  credentials: { baseMs: 500, capMs: 10_000, jitter: 0.5 },
  // The SDK signs the next attempt by the service's time.
  clock: { baseMs: 500, capMs: 10_000, jitter: 0.5 },
  timedOut: { baseMs: 100, capMs: 1_000, jitter: 1 },
  modelError: { baseMs: 500, capMs: 5_000, jitter: 1 },
};

/** The service's words when a day's tokens are used up, of which a new account may have few or none. */
const DAY_QUOTA = /\b(?:tokens|requests) per day\b|\bdaily\b/i;

/** Exceptions that the Bedrock Runtime alone raises. */
const MODEL_TROUBLE: ReadonlyMap<string, RetryCause> = new Map([
  ["ModelTimeoutException", "timedOut"],
  ["ModelErrorException", "modelError"],
  ["ModelNotReadyException", "unavailable"],
  ["ModelStreamErrorException", "unavailable"],
]);

/** What metrics call the causes. */
export const ERROR_TYPES = {
  throttled: "throttled",
  dayQuota: "day_quota",
  unavailable: "unavailable",
  credentials: "credentials",
  clock: "clock",
  timedOut: "timeout",
  modelError: "model_error",
} as const satisfies Readonly<Record<RetryCause, RetryCauseOf<"summarise">>>;

export function isRetryCause(why: string): why is RetryCause {
  return Object.hasOwn(ERROR_TYPES, why);
}

/** What metrics call a failure; a fatal one that passes is a refusal of the account. */
export function errorTypeOf(decision: Decision): FailedCallCause {
  switch (decision.kind) {
    case "retry":
      return ERROR_TYPES[decision.cause];
    case "tooLong":
      return "too_long";
    case "refused":
      return "refused";
    case "fatal":
      return "account";
  }
}

/** Decides about a failed call of `model`. */
export function decide(failure: AwsFailure, model: string, facts: CallFacts = {}): Decision {
  const kind = kindOf(failure);
  const { name, message, statusCode } = failure;
  const cause = kind === "timedOut" ? kind : MODEL_TROUBLE.get(name);
  if (cause !== undefined) return retry(cause, failure);
  switch (kind) {
    case "throttled":
    case "quota":
      // A quota of the Runtime is by the minute or the day, so it comes back.
      return retry(DAY_QUOTA.test(message) ? "dayQuota" : "throttled", failure);
    case "unavailable":
    case "network":
    case "timedOut":
      return retry("unavailable", failure);
    case "credentialsMissing":
      return retry("credentials", failure);
    case "clockOff":
      return retry("clock", failure);
    case "credentialsExpired":
    case "credentialsRefused":
      return fatal("NO_CREDENTIALS", credentialsAdvice(kind, "Bedrock", name));
    case "denied":
      return decideDenied(failure, model);
    case "notFound":
      return decideMissing(message, model, facts);
    case "unknown":
      return statusCode === undefined && name !== "UnknownOperationException"
        ? fatal("PIPELINE", `The call of ${model} failed in this program (${name}).`)
        : fatal(
            "SERVICE_UNREACHABLE",
            "The endpoint does not speak the Bedrock Runtime API; check --bedrock-endpoint.",
          );
    case "invalid":
    case "conflict":
      if (statusCode === 413) return { kind: "tooLong", reason: "the request is larger than the service takes" };
      if (name === "ValidationException") return decideValidation(message, model, facts);
      return refused(`the service rejected the request (${name}, HTTP ${statusCode ?? "none"})`, message, facts);
  }
}

function decideDenied(failure: AwsFailure, model: string): Decision {
  const words = deniedWords(failure);
  const account = words === "" ? undefined : deniedRefusal(words, model);
  if (account === undefined) return fatal("ACCESS_DENIED", `${accessAdvice(model)}${ownWords(words)}`);
  return accountFatal(account, words);
}

function decideMissing(message: string, model: string, facts: CallFacts): Decision {
  const account = accountRefusal(message, model);
  if (account !== undefined) return accountFatal(account, message);
  return fatal("MODEL_NOT_FOUND", `${missingModelAdvice(message, model, facts)}${ownWords(message)}`);
}

/**
 * Validation errors are about the settings or the account (fatal), the length (mendable), or the content (a dead
 * letter).
 */
function decideValidation(message: string, model: string, facts: CallFacts): Decision {
  if (SAYS.tooLong.test(message)) return { kind: "tooLong", reason: "the input is longer than the model takes" };
  if (SAYS.unknownModel.test(message) || SAYS.retired.test(message) || SAYS.needsProfile.test(message)) {
    return fatal("MODEL_NOT_FOUND", missingModelAdvice(message, model, facts));
  }
  const account = accountRefusal(message, model);
  // Text behind the recognised words may be the input's.
  if (account !== undefined) return accountFatal(account, facts.mayTell === true ? message : account.words);
  if (SAYS.noTool.test(message)) {
    return fatal("BAD_OPTION", `${model} cannot be made to call a tool; use --structured text.`);
  }
  if (SAYS.answerTooLong.test(message)) {
    return fatal("BAD_OPTION", `${model} does not write answers of so many tokens; lower --max-tokens.`);
  }
  if (SAYS.dimensions.test(message)) {
    return fatal("BAD_OPTION", `${model} does not take these dimensions; check --embedding-dimensions.`);
  }
  if (SAYS.filtered.test(message)) {
    return { kind: "refused", reason: "a content filter blocked the session", isCertain: true };
  }
  return refused("the model rejected the request as invalid (ValidationException)", message, facts);
}

/** Makes a fatal decision the error that ends the run. */
export function jobErrorOf(decision: Extract<Decision, { kind: "fatal" }>, cause: unknown): JobError {
  return new JobError(decision.code, decision.message, { cause });
}

function retry(cause: RetryCause, { retryAfterMs }: AwsFailure): Decision {
  return { kind: "retry", cause, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function refused(reason: string, message: string, { mayTell }: CallFacts): Decision {
  const words = mayTell === true ? ownWords(message) : "";
  return { kind: "refused", reason: words === "" ? reason : `${reason}.${words}`, isCertain: false };
}

function fatal(code: FatalCode, message: string, mayPass = false): Decision {
  return { kind: "fatal", code, message, mayPass };
}

function accountFatal({ advice, mayPass }: AccountRefusal, message: string): Decision {
  return fatal("ACCESS_DENIED", `${advice}${ownWords(message)}`, mayPass);
}

function accessAdvice(model: string): string {
  return `Access to ${model} was denied: allow bedrock:InvokeModel on the model, for an inference profile on the profile and on each model behind it.`;
}

function missingModelAdvice(message: string, model: string, { region }: CallFacts): string {
  if (SAYS.retired.test(message)) {
    return `${model} has reached its end of life on Bedrock, or is closed to new users; choose one that lives, such as the default.`;
  }
  if (SAYS.needsProfile.test(message)) {
    return `${model} can only be called through an inference profile; use its id with a prefix, such as global.${model} or us.${model}.`;
  }
  return (
    elsewhereAdvice(model, region) ??
    `${model} does not exist in this region; check the model's id and the region, or use an inference profile of your region.`
  );
}
