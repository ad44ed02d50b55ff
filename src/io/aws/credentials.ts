import type { AwsFailureKind } from "./kind";

/** Failures in which AWS does not know the caller: NO_CREDENTIALS. A known caller without a right is ACCESS_DENIED. */
export type CredentialsKind = Extract<AwsFailureKind, `credentials${string}`>;

export function isAboutCredentials(kind: AwsFailureKind): kind is CredentialsKind {
  return kind.startsWith("credentials");
}

/**
 * Returns one sentence with the cure. `service` names the service called, where that matters, `name` AWS's own word.
 */
export function credentialsAdvice(kind: CredentialsKind, service: string | undefined, name: string): string {
  const whose = service === undefined ? "" : ` for ${service}`;
  switch (kind) {
    case "credentialsMissing":
      return `No AWS credentials were found${whose}: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, sign in with \`aws sso login\`, or run with a role.`;
    case "credentialsExpired":
      return `The AWS credentials${whose} have expired (${name}): renew them, for instance with \`aws sso login\`.`;
    case "credentialsRefused":
      return `AWS does not accept the credentials${whose} (${name}): check the key pair, the session token, the region and this machine's clock.`;
  }
}
