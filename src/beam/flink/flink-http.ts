/** Requests to Flink's REST service: what they retry, and how its refusals become sentences. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { BeamError } from "../error";
import { innermostCause } from "./failure";

const REQUEST_TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;
/** A JobManager says so while it starts, or while another one takes over. */
const AWAY_STATUS = 503;
/** What stands before a JobManager says so when it cannot reach it. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 504]);
/** What it answers with another status about a job that it has just taken: UnavailableDispatcherOperationException. */
const INITIALIZING = "not available while the JobManager is initializing";
/** How much of Flink's words an error may quote. */
const MAX_QUOTED_CHARACTERS = 500;

const REFUSAL = z.object({ errors: z.array(z.string()) });

/** Flink has answered with an error. */
export class FlinkRefusal extends BeamError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super("FLINK", message);
  }

  /** Whether the same request may succeed a moment later: trouble within Flink is no answer to what was asked for. */
  get mayPass(): boolean {
    return this.status >= 500;
  }
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
    const endMs = performance.now() + this.patienceMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const answer = await this.once(method, address, sent);
      if (!("away" in answer)) return this.understand(address, form, answer);
      if (performance.now() + pauseMs >= endMs) {
        throw new BeamError("SERVICE_UNREACHABLE", `Flink at ${this.url} does not answer (${answer.away}).`, {
          cause: answer.cause,
        });
      }
      await sleep(pauseMs);
    }
  }

  private async once(method: string, address: string, { json, body, timeoutMs = REQUEST_TIMEOUT_MS }: Sent) {
    const headers = {
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
    };
    try {
      const response = await fetch(`${this.url}${address}`, {
        method,
        headers,
        signal: AbortSignal.timeout(timeoutMs),
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
        ...(body === undefined ? {} : { body }),
      });
      const text = await response.text();
      if (response.status === AWAY_STATUS || (!response.ok && text.includes(INITIALIZING))) {
        return { away: "it is starting", cause: undefined } as const;
      }
      if (GATEWAY_STATUSES.has(response.status)) return { away: `HTTP ${response.status}`, cause: undefined } as const;
      return { status: response.status, text } as const;
    } catch (cause) {
      return { away: reasonOf(cause), cause } as const;
    }
  }

  private understand<T>(address: string, form: z.ZodType<T>, { status, text }: { status: number; text: string }): T {
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

/** Flink answers with stack traces; the sentence in one is the innermost cause. */
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
