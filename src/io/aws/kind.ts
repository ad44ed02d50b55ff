/**
 * The kinds of failures of AWS: one table for all services. The names are those of "Common Error Types" in the
 * services' API references, of their own operations, and of the SDK's credential providers. Names that only one service
 * uses stay in that service's room, and so do the decisions about a kind.
 */
import { refusesClock } from "./clock";
import type { AwsFailure } from "./failure";

const NAMES = {
  /** Too many requests a second or a minute: fewer of them pass. */
  throttled: [
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceededException",
    "KMSThrottlingException",
    "SlowDown",
  ],
  /** The service has trouble of its own. */
  unavailable: ["ServiceUnavailableException", "ServiceUnavailable", "InternalServerException", "InternalFailure"],
  /** No answer in time. */
  timedOut: ["TimeoutError", "RequestTimeoutException"],
  /** No credentials were found, or their provider does not answer. */
  credentialsMissing: ["CredentialsProviderError", "TokenProviderError"],
  /** The session has ended: it needs other credentials, or renewed ones. */
  credentialsExpired: ["ExpiredTokenException", "ExpiredToken"],
  /** AWS refuses the time of a request; of other names, the words tell (`refusesClock`). */
  clockOff: ["RequestExpired", "RequestTimeTooSkewed"],
  /** AWS does not know the caller: an unknown or deactivated key, or a wrong secret. */
  credentialsRefused: [
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
  ],
  /**
   * AWS knows the caller, but that user or account lacks the right, or a subscription to the service (OptInRequired).
   */
  denied: ["AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "NotAuthorized", "OptInRequired"],
  /** The service has no such resource. A bare 404 does not count, because anything at a wrong address may say that. */
  notFound: ["ResourceNotFoundException"],
  /** Another operation is at work on the same resource. */
  conflict: ["ConcurrentModificationException", "ResourceInUseException", "OperationInProgressException"],
  /** A quota of the account; at some operations a rate as well, which their rooms know. */
  quota: ["ServiceQuotaExceededException", "LimitExceededException", "LimitExceeded", "TooManyBuckets"],
  /** The request can never be right as it is. */
  invalid: ["ValidationException", "ValidationError", "InvalidArgumentException"],
} as const;

export type AwsFailureKind =
  | keyof typeof NAMES
  /** The connection failed or broke. */
  | "network"
  /** A fault of this program, or an answer of something that is not AWS. */
  | "unknown";

const KINDS: ReadonlyMap<string, AwsFailureKind> = new Map(
  Object.entries(NAMES).flatMap(([kind, names]) => names.map((name) => [name, kind as keyof typeof NAMES] as const)),
);

const NETWORK_CODES =
  /^(ECONN|EPIPE$|ETIMEDOUT$|ESOCKETTIMEDOUT$|EAI_AGAIN$|ENOTFOUND$|EHOSTUNREACH$|ENETUNREACH$|ENETDOWN$|EADDRNOTAVAIL$|ERR_HTTP2|ERR_STREAM_PREMATURE_CLOSE$|HPE_|ERR_SSL|UND_)/;

/** The service's own name decides; without a known one the network's code, and then the status. */
export function kindOf({ name, message, statusCode, networkCode, timedOut }: AwsFailure): AwsFailureKind {
  if (timedOut) return "timedOut";
  const named = KINDS.get(name);
  if (named === "credentialsRefused" && refusesClock(message)) return "clockOff";
  if (named !== undefined) return named;
  if (networkCode !== undefined && NETWORK_CODES.test(networkCode)) return "network";
  return statusCode === undefined ? "unknown" : kindOfStatus(statusCode);
}

/** Proxies and balancers answer without the service's names. */
function kindOfStatus(statusCode: number): AwsFailureKind {
  if (statusCode === 429) return "throttled";
  // An answer that cannot be read although its status says success was broken on its way.
  if (statusCode >= 500 || statusCode === 408 || statusCode < 400) return "unavailable";
  if (statusCode === 401) return "credentialsRefused";
  if (statusCode === 403) return "denied";
  return statusCode === 404 ? "unknown" : "invalid";
}
