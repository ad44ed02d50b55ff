/** Requests to the page's server. */
import type { FacetsAnswer, Refusal, SearchAnswer, SessionAnswer, StatusAnswer } from "../contract";

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

export const api = {
  search: (query: string, signal: AbortSignal) => get<SearchAnswer>(`/api/search?${query}`, signal),
  facets: (query: string, signal: AbortSignal) => get<FacetsAnswer>(`/api/facets?${query}`, signal),
  session: (id: string, signal: AbortSignal) => get<SessionAnswer>(`/api/sessions/${encodeURIComponent(id)}`, signal),
  status: (signal: AbortSignal) => get<StatusAnswer>("/api/status", signal),
  reveal: (id: string) =>
    send<SessionAnswer>(`/api/sessions/${encodeURIComponent(id)}/reveal`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    }),
};

function get<T>(path: string, signal: AbortSignal): Promise<T> {
  return send(path, { signal });
}

async function send<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause;
    throw new ApiError("AWAY", "The page's server does not answer: is its command still running?", true);
  }
  const body = (await response.json().catch(() => undefined)) as T | Refusal | undefined;
  if (response.ok && body !== undefined) return body as T;
  const { code, message } = (body as Refusal | undefined)?.error ?? {
    code: "FAILED",
    message: `The page's server answers with status ${response.status}.`,
  };
  throw new ApiError(code, message, response.status >= 500);
}
