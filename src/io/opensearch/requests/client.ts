import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { Client, type ClientOptions, errors } from "@opensearch-project/opensearch";
import { AwsSigv4Signer } from "@opensearch-project/opensearch/aws";
import type { Shared } from "../../../beam";
import { BeamError } from "../../../beam/error";
import { retryAfterMs } from "../../../beam/retry";
import { JobError } from "../../../chat/errors";
import { clockAdvice, clockOffsetMs, refusesClock, type TakeClock, tellClock } from "../../aws/clock";
import { credentialsAdvice, isAboutCredentials } from "../../aws/credentials";
import { failureOf } from "../../aws/failure";
import { kindOf } from "../../aws/kind";
import { roomLog } from "../../../log";
import type { RetryCauseOf } from "../../retry-causes";
import { type OpenSearchAuth, type OpenSearchConnection, PASSWORD_VARIABLE } from "../settings";

const log = roomLog("opensearch");

export interface OpenSearchRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** An object to serialise as JSON. */
  readonly json?: object;
  /** Newline-delimited JSON, ready to be sent. */
  readonly lines?: Buffer;
}

/** Any answer, with any status. */
export interface OpenSearchAnswer {
  readonly status: number;
  readonly body: unknown;
  /** The pause that the server, or a proxy before it, asked for by a Retry-After header. */
  readonly retryAfterMs?: number;
}

type NoAnswerKind = Extract<RetryCauseOf<"write">, "network" | "timeout" | "credentials" | "clock" | "_OTHER">;

/**
 * No answer: connection refused or lost, time-out, unreadable answer, or a request that could not be signed. Another
 * try may succeed. `kind` is what metrics call it.
 */
export class NoAnswer extends Error {
  constructor(
    cause: unknown,
    readonly kind: NoAnswerKind = noAnswerKind(cause),
  ) {
    super(describe(cause));
    this.name = "NoAnswer";
  }
}

function noAnswerKind(cause: unknown): NoAnswerKind {
  if (cause instanceof errors.TimeoutError) return "timeout";
  return cause instanceof errors.DeserializationError ? "_OTHER" : "network";
}

/** Leaves out JSON.parse's message, which quotes an unreadable answer: it may hold chat text. */
function describe(cause: unknown): string {
  if (cause instanceof errors.DeserializationError) return "unreadable answer";
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : "no answer";
}

/** The one edge to the cluster. Never retries by itself. */
export interface OpenSearchClient {
  /** Rejects with `NoAnswer`, or with the `JobError` NO_CREDENTIALS. */
  request(request: OpenSearchRequest): Promise<OpenSearchAnswer>;
  close(): Promise<void>;
}

/**
 * Throws the `JobError` NO_CREDENTIALS when the password of basic authentication is not in this process's environment.
 * AWS's credentials that cannot be fetched are `NoAnswer` when the job runs (`isRunning`) or when there were some
 * before: they come back. `takeClock` is told of the clock of each answer that tells one.
 */
export function openSearchClient(
  connection: OpenSearchConnection,
  isRunning = false,
  takeClock?: TakeClock,
): OpenSearchClient {
  const client = new Client({
    node: connection.endpoint,
    requestTimeout: connection.requestTimeoutMs,
    // Retries are decided in one place of our own, which counts and spaces them.
    maxRetries: 0,
    resurrectStrategy: "none",
    ...authOptions(connection.auth, isRunning),
  });
  return {
    async request({ method, path, query, json, lines }) {
      const body = lines === undefined ? (json === undefined ? {} : { body: json }) : { bulkBody: lines };
      const sentMs = Date.now();
      const compareClocks = ({ date }: Readonly<Record<string, unknown>>): void => {
        const aheadMs = clockOffsetMs(date, sentMs, Date.now());
        if (aheadMs !== undefined) takeClock?.(aheadMs);
      };
      try {
        const answer = await client.transport.request({ method, path, querystring: query ?? {}, ...body });
        compareClocks(answer.headers ?? {});
        return { status: answer.statusCode ?? 0, body: answer.body as unknown };
      } catch (error) {
        if (error instanceof errors.ResponseError) {
          compareClocks(error.headers);
          refuseClock(error, isRunning);
          return errorAnswer(error);
        }
        if (error instanceof BeamError || error instanceof NoAnswer) throw error;
        throw new NoAnswer(error);
      }
    },
    close: () => client.close(),
  };
}

function errorAnswer({ statusCode, meta, headers }: errors.ResponseError): OpenSearchAnswer {
  const waitMs = retryAfterMs(headers["retry-after"]);
  return { status: statusCode, body: meta.body as unknown, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
}

/**
 * Throws when AWS refuses the time of the request's signature: `NoAnswer` in a running job, as the clock may be set
 * again, else the `JobError` NO_CREDENTIALS.
 */
function refuseClock({ statusCode, body, headers }: errors.ResponseError, isRunning: boolean): void {
  const message: unknown = (body as { readonly message?: unknown } | undefined)?.message;
  if ((statusCode !== 401 && statusCode !== 403) || !refusesClock(message)) return;
  const nowMs = Date.now();
  const advice = clockAdvice("OpenSearch", `status ${statusCode}`, clockOffsetMs(headers["date"], nowMs, nowMs));
  throw isRunning ? new NoAnswer(new Error(advice), "clock") : new JobError("NO_CREDENTIALS", advice);
}

/** The run's client of a connection: its sockets outlive instances and bundles. */
export function sharedOpenSearchClient(shared: Shared, connection: OpenSearchConnection): OpenSearchClient {
  return shared.get(
    `opensearch client ${JSON.stringify(connection)}`,
    () => openSearchClient(connection, true, tellClock("OpenSearch", connection.allowedDisorderMs, log)),
    (client) => client.close(),
  );
}

function authOptions(auth: OpenSearchAuth, isRunning: boolean): Partial<ClientOptions> {
  switch (auth.kind) {
    case "none":
      return {};
    case "basic":
      return { auth: { username: auth.username, password: passwordOfEnvironment() } };
    case "sigv4":
      return AwsSigv4Signer({ region: auth.region, service: "es", getCredentials: awsCredentials(isRunning) });
  }
}

function passwordOfEnvironment(): string {
  const password = process.env[PASSWORD_VARIABLE];
  if (password !== undefined && password !== "") return password;
  throw new JobError(
    "NO_CREDENTIALS",
    `--auth basic needs the password in the environment variable ${PASSWORD_VARIABLE} of every process that writes to OpenSearch: set it there.`,
  );
}

function awsCredentials(isRunning: boolean) {
  const provider = defaultProvider();
  let hadSome = isRunning;
  return async () => {
    try {
      const credentials = await provider();
      hadSome = true;
      return credentials;
    } catch (cause) {
      const failure = failureOf(cause);
      const found = kindOf(failure);
      const kind = isAboutCredentials(found) ? found : "credentialsMissing";
      if (kind === "credentialsMissing" && hadSome) throw new NoAnswer(cause, "credentials");
      throw new JobError("NO_CREDENTIALS", credentialsAdvice(kind, "OpenSearch", failure.name), { cause });
    }
  };
}
