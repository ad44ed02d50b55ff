/** OpenSearch's description of an error. */
export interface ErrorCause {
  readonly type?: string;
  readonly reason?: string;
  /** The shards' own causes, when a search failed. */
  readonly root_cause?: readonly ErrorCause[];
}

export function errorCause(body: unknown): ErrorCause {
  const error = isObject(body) ? body["error"] : undefined;
  return isObject(error) ? error : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
