/** Sends requests to Flink's REST service, retries them, and turns refusals into sentences. */
import { z } from "zod";
import { BeamError } from "../error";
import { type BackOff, type Decision, retryAfterMs, retrying, unlessAnswered } from "../retry";
import { innermostCause } from "./failure";

const REQUEST_TIMEOUT_MS = 10_000;
const BACK_OFF: BackOff = { baseMs: 200, capMs: 3_000, jitter: 0 };
/** Status of a JobManager that is starting, or that another one is replacing. */
const AWAY_STATUS = 503;
/** Statuses of a proxy that cannot reach the JobManager. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 504]);
/**
 * Text in the answer, with another status, about a job that was just accepted
 * (UnavailableDispatcherOperationException).
 */
const INITIALIZING = "not available while the JobManager is initializing";
/** Limit of Flink's text that an error quotes. */
const MAX_QUOTED_CHARACTERS = 500;

const REFUSAL = z.object({ errors: z.array(z.string()) });

/** The error for an answer of Flink that is an error. */
export class FlinkRefusal extends BeamError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super("FLINK", message);
  }

  /** True when the same request may succeed a moment later: an error inside Flink says nothing about the request. */
  get mayPass(): boolean {
    return this.status >= 500;
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** No service has answered that could have handled the request. */
class Away extends Error {
  constructor(
    why: string,
    readonly waitMs: number | undefined,
    options?: ErrorOptions,
  ) {
    super(why, options);
  }
}

function decideAway(error: unknown): Exclude<Decision<never>, { kind: "done" }> {
  if (!(error instanceof Away)) return { kind: "fatal", error };
  return { kind: "again", why: error.message, retryAfterMs: error.waitMs };
}

interface Sent {
  readonly json?: Readonly<Record<string, unknown>>;
  readonly body?: FormData;
  readonly timeoutMs?: number;
}

export class FlinkHttp {
  constructor(
    private readonly url: string,
    private readonly patienceMs: number,
    /** Sent with every request. */
    private readonly token?: string,
  ) {}

  get<T>(address: string, form: z.ZodType<T>): Promise<T> {
    return this.send("GET", address, form);
  }

  async send<T>(method: string, address: string, form: z.ZodType<T>, sent: Sent = {}): Promise<T> {
    const answer = await retrying(() => this.once(method, address, sent), unlessAnswered<Answer>(decideAway), {
      backOff: BACK_OFF,
      bounds: {
        maxDurationMs: this.patienceMs,
        giveUp: ({ why, error: cause }) => {
          throw new BeamError("SERVICE_UNREACHABLE", `Flink at ${this.url} does not answer (${why}).`, { cause });
        },
      },
    });
    return this.understand(address, form, answer);
  }

  /** Rejects with `Away` when the same request may be answered a moment later. */
  private async once(
    method: string,
    address: string,
    { json, body, timeoutMs = REQUEST_TIMEOUT_MS }: Sent,
  ): Promise<Answer> {
    const headers = {
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
    };
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.url}${address}`, {
        method,
        headers,
        signal: AbortSignal.timeout(timeoutMs),
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        ...(body === undefined ? {} : { body }),
      });
      text = await response.text();
    } catch (cause) {
      throw new Away(reasonOf(cause), undefined, { cause });
    }
    const { status } = response;
    const waitMs = retryAfterMs(response.headers.get("retry-after"));
    if (status === AWAY_STATUS || (!response.ok && text.includes(INITIALIZING))) {
      throw new Away("it is starting", waitMs);
    }
    if (GATEWAY_STATUSES.has(status)) throw new Away(`HTTP ${status}`, waitMs);
    return { status, text };
  }

  private understand<T>(address: string, form: z.ZodType<T>, { status, text }: Answer): T {
    const content = parsed(text);
    const answer = form.safeParse(content);
    if (status < 300 && answer.success) return answer.data;
    const refusal = REFUSAL.safeParse(content);
    if (!refusal.success) {
      throw new BeamError("SERVICE_UNREACHABLE", `What answers at ${this.url} is not Flink's REST service.`);
    }
    const [, job] = /^\/jobs\/([^/?]+)/.exec(address) ?? [];
    if (status === 404 && job !== undefined) {
      throw new FlinkRefusal(status, `Flink at ${this.url} knows no job ${decodeURIComponent(job)}.`);
    }
    throw refusalError(status, refusal.data.errors);
  }
}

/** Makes the error of a refusal. Flink answers with stack traces, whose useful sentence is the innermost cause. */
function refusalError(status: number, errors: readonly string[]): BeamError {
  const cause = errors.map((text) => innermostCause(text)).findLast((error) => error !== undefined);
  if (cause !== undefined && cause.code !== "PIPELINE") return cause;
  const words = cause?.message ?? errors.at(-1)?.split("\n")[0] ?? "without a reason";
  return new FlinkRefusal(status, `Flink refused: ${words.slice(0, MAX_QUOTED_CHARACTERS)}`);
}

function parsed(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
  return error instanceof Error ? error.message : String(error);
}
