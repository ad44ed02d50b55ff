import { JobError } from "../../../chat/errors";
import { NoAnswer, type OpenSearchAnswer, type OpenSearchClient, type OpenSearchRequest } from "./client";
import { denialDetail } from "./denial";

/**
 * Sends one request for a person who waits, and tries it once. Rejects with SERVICE_UNREACHABLE without an answer, and
 * with ACCESS_DENIED when `index` may not be used.
 */
export async function ask(
  client: OpenSearchClient,
  index: string,
  request: OpenSearchRequest,
): Promise<OpenSearchAnswer> {
  const answer = await client.request(request).catch((cause: unknown) => {
    throw cause instanceof NoAnswer ? noAnswer(cause) : cause;
  });
  if (isDenied(answer.status)) throw denied(index, answer);
  return answer;
}

export function noAnswer(cause: NoAnswer): JobError {
  const message = `OpenSearch does not answer (${cause.message}): check whether it runs.`;
  return new JobError("SERVICE_UNREACHABLE", message, { cause });
}

export function isDenied(status: number): boolean {
  return status === 401 || status === 403;
}

export function denied(index: string, { status, body }: OpenSearchAnswer): JobError {
  const sentence = `OpenSearch refused the credentials for index "${index}" (status ${status}): allow it to them, or use others.`;
  return new JobError("ACCESS_DENIED", `${sentence}${denialDetail(body)}`);
}
