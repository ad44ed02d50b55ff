/** Failures in the words of the three services. */
import { randomOf } from "../random";

export interface RequestFacts {
  readonly method: string;
  readonly path: string;
  /** The operation's name for Kinesis ("GetRecords"), empty elsewhere. */
  readonly operation: string;
}

export interface ErrorAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Fault =
  | ErrorAnswer
  /** Closes the connection without an answer. */
  | { readonly kind: "drop" }
  /** Passes the request on, then closes the connection: the server has done it, the client does not know. */
  | { readonly kind: "loseAnswer" }
  /** Passes the request on after a while. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** Accepts the request and never answers it. */
  | { readonly kind: "hang" }
  /** Passes a share of a bulk request's items on; the others are refused with 429 one by one. */
  | { readonly kind: "refuseBulkItems"; readonly fraction: number };

const JSON_1_1 = { "content-type": "application/x-amz-json-1.1" };

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>>): ErrorAnswer {
  return { kind: "answer", status, headers, body: JSON.stringify(body) };
}

/** Kinesis's refusal of a request by this exception. */
export function kinesisRefusal(name: string, message: string): ErrorAnswer {
  return answer(400, { __type: name, message }, JSON_1_1);
}

export const kinesisThrottled = kinesisRefusal("ProvisionedThroughputExceededException", "Rate exceeded for shard");
export const kinesisLimitExceeded = kinesisRefusal("LimitExceededException", "Rate exceeded");
export const kinesisIteratorExpired = kinesisRefusal("ExpiredIteratorException", "Iterator expired");
export const kinesisInternalFailure = answer(500, { __type: "InternalFailure" }, JSON_1_1);

export const bedrockThrottled = answer(
  429,
  { message: "Too many requests, please wait before trying again." },
  { "content-type": "application/json", "x-amzn-errortype": "ThrottlingException" },
);
export const bedrockUnavailable = answer(
  503,
  { message: "Bedrock is unable to process your request." },
  { "content-type": "application/json", "x-amzn-errortype": "ServiceUnavailableException" },
);

const OPENSEARCH_JSON = { "content-type": "application/json; charset=UTF-8" };

export const openSearchBreaker = answer(
  429,
  {
    error: { type: "circuit_breaking_exception", reason: "[parent] Data too large", bytes_wanted: 1, bytes_limit: 1 },
    status: 429,
  },
  OPENSEARCH_JSON,
);
export const openSearchUnavailable = answer(
  503,
  { error: { type: "cluster_block_exception", reason: "blocked by: [SERVICE_UNAVAILABLE/1/]" }, status: 503 },
  OPENSEARCH_JSON,
);

/** Chooses the requests that fail, and their faults. */
export interface Rule {
  readonly matches?: (request: RequestFacts) => boolean;
  /** Share of the matching requests that fail, in [0, 1]. */
  readonly fraction: number;
  /** Faults, of which each failing request gets one; all are equally likely. */
  readonly faults: readonly Fault[];
}

/** The fault for a request, or undefined; the seed decides. */
export function chooser(seed: number): (rule: Rule, request: RequestFacts) => Fault | undefined {
  const random = randomOf(seed);
  return ({ matches, fraction, faults }, request) =>
    (matches === undefined || matches(request)) && random.chance(fraction) ? random.pick(faults) : undefined;
}
