/** An error as the service says it: HTTP status, exception name, message. */
export class AwsError extends Error {
  constructor(
    readonly statusCode: number,
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

export function validation(message: string): AwsError {
  return new AwsError(400, "ValidationException", message);
}

/** The service's error for a body that does not match the model's schema. */
export function malformed(path: string, what: string): AwsError {
  return validation(`Malformed input request: #/${path}: ${what}, please reformat your input and try again.`);
}

export function throttled(): AwsError {
  return new AwsError(429, "ThrottlingException", "Too many requests, please wait before trying again.");
}

export function unavailable(): AwsError {
  return new AwsError(503, "ServiceUnavailableException", "Bedrock is unable to process your request.");
}
