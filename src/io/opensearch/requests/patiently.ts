/** Requests of the start, which some seconds of trouble do not end. */
import { type Decision, type Failing, type Outcome, retrying } from "../../../beam/retry";
import { JobError } from "../../../chat/errors";
import type { OpenSearchAnswer, OpenSearchClient, OpenSearchRequest } from "./client";
import { denialDetail } from "./denial";
import { errorCause } from "./error-cause";
import { decideNoAnswer, decideRequest, OPENSEARCH_BACK_OFF } from "./retry";

export const MAX_ATTEMPTS = 6;

/** The error of an answer that is no success: ACCESS_DENIED, SERVICE_UNREACHABLE or INDEX_UNSUPPORTED. */
export function refusal(what: string, answer: OpenSearchAnswer): JobError {
  const decision = decideRequest(answer);
  if (decision.kind === "fatal" && decision.code === "ACCESS_DENIED") {
    return new JobError(
      "ACCESS_DENIED",
      `The credentials may not ${what} (status ${answer.status}): allow it, or create it beforehand.${denialDetail(answer.body)}`,
    );
  }
  if (decision.kind === "retry") return unavailable("OpenSearch", decision.why);
  const { type = "no type", reason = "no reason" } = errorCause(answer.body);
  return new JobError(
    "INDEX_UNSUPPORTED",
    `OpenSearch would not ${what} (status ${answer.status}, ${type}): ${reason}`,
  );
}

export function unavailable(who: string, why: string): JobError {
  return new JobError(
    "SERVICE_UNREACHABLE",
    `${who} cannot do its work just now (${why}): look at the cluster's health.`,
  );
}

/**
 * Waits some seconds for trouble that passes, such as a cluster that is still recovering. `signal` ends the waiting.
 */
export function patiently(
  client: OpenSearchClient,
  request: OpenSearchRequest,
  signal?: AbortSignal,
): Promise<OpenSearchAnswer> {
  return retrying(() => client.request(request), decidePatiently, { backOff: OPENSEARCH_BACK_OFF, signal });
}

/** Decides to accept the last answer, whatever it is. */
function decidePatiently(outcome: Outcome<OpenSearchAnswer>, { failures }: Failing): Decision<OpenSearchAnswer> {
  const isLast = failures === MAX_ATTEMPTS;
  if (outcome.kind === "failure") {
    const decision = decideNoAnswer(outcome.error);
    if (decision.kind === "fatal" || !isLast) return decision;
    const message = `OpenSearch stopped answering (${decision.why}): check whether it runs.`;
    return { kind: "fatal", error: new JobError("SERVICE_UNREACHABLE", message, { cause: outcome.error }) };
  }
  const { answer } = outcome;
  const decision = decideRequest(answer);
  if (decision.kind !== "retry" || isLast) return { kind: "done", value: answer };
  return { kind: "again", why: decision.why, retryAfterMs: answer.retryAfterMs };
}
