/** Requests to the page's server. */
import type { FacetsAnswer, Refusal, SearchAnswer, SessionAnswer, StatusAnswer } from "../contract";
import type { LetterAnswer, LettersAnswer, RedriveAnswer, RedriveRequest } from "../letters/contract";
import type { OverviewAnswer } from "../overview/contract";

/** A refusal, in a sentence for people. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** True when the same request may succeed in a while. */
    readonly isTemporary: boolean,
  ) {
    super(message);
  }
}

const SIGNED_OUT = "You are not signed in any more: reload the page to sign in again.";

export const api = {
  search: (query: string, signal: AbortSignal) => get<SearchAnswer>(`/api/search?${query}`, signal),
  facets: (query: string, signal: AbortSignal) => get<FacetsAnswer>(`/api/facets?${query}`, signal),
  overview: (query: string, signal: AbortSignal) => get<OverviewAnswer>(`/api/overview?${query}`, signal),
  session: (id: string, signal: AbortSignal) => get<SessionAnswer>(`/api/sessions/${encodeURIComponent(id)}`, signal),
  status: (signal: AbortSignal) => get<StatusAnswer>("/api/status", signal),
  reveal: (id: string) => post<SessionAnswer>(`/api/sessions/${encodeURIComponent(id)}/reveal`, {}),
  letters: (query: string, signal: AbortSignal) => get<LettersAnswer>(`/api/dead-letters?${query}`, signal),
  letter: (id: string, signal: AbortSignal) => get<LetterAnswer>(`/api/dead-letters/${encodeURIComponent(id)}`, signal),
  revealLetter: (id: string) => post<LetterAnswer>(`/api/dead-letters/${encodeURIComponent(id)}/reveal`, {}),
  redrive: (signal: AbortSignal) => get<RedriveAnswer>("/api/redrive", signal),
  startRedrive: (filter: RedriveRequest) => post<RedriveAnswer>("/api/redrive", filter),
};

function get<T>(path: string, signal: AbortSignal): Promise<T> {
  return send(path, { signal });
}

function post<T>(path: string, body: object): Promise<T> {
  return send(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function send<T>(path: string, init: RequestInit): Promise<T> {
  const response = await answerTo(path, init);
  const body = (await response.json().catch(() => undefined)) as T | Refusal | undefined;
  if (response.ok && body !== undefined) return body as T;
  throw refusalOf(response, body as Refusal | undefined);
}

/** Opens a stream of server-sent events. Rejects with `ApiError`, or when the signal aborts. */
export async function openStream(path: string, init: RequestInit): Promise<ReadableStream<Uint8Array>> {
  const response = await answerTo(path, init);
  if (response.ok && response.body !== null) return response.body;
  throw refusalOf(response, (await response.json().catch(() => undefined)) as Refusal | undefined);
}

async function answerTo(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    // The server itself sends nobody elsewhere, but a proxy sends whoever is not signed in any more.
    response = await fetch(path, { ...init, redirect: "manual" });
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause;
    throw new ApiError("AWAY", "The page's server does not answer: is its command still running?", true);
  }
  if (response.type === "opaqueredirect") throw new ApiError("NOT_SIGNED_IN", SIGNED_OUT, false);
  return response;
}

function refusalOf(response: Response, body: Refusal | undefined): ApiError {
  const { code, message } = body?.error ?? {
    code: "FAILED",
    message: response.status === 401 ? SIGNED_OUT : `The page's server answers with status ${response.status}.`,
  };
  return new ApiError(code, message, response.status >= 500);
}
