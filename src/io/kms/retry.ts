import type { Again, Failing } from "../../beam/retry";
import type { WrappedKey } from "../../chat/privacy/settings";
import type { KeyUse } from "../../chat/privacy/wrapped-key";
import { JobError } from "../../chat/errors";
import { credentialsAdvice, isAboutCredentials } from "../aws/credentials";
import { deniedWords, denialSentence } from "../aws/denial";
import { failureOf } from "../aws/failure";
import { kindOf } from "../aws/kind";

/** A host's credentials may not be there in its first moments. */
const MAX_MISSING_CREDENTIALS = 5;

/** Names of Decrypt's own errors (KMS API Reference) for which the option, or the key's state, must be mended. */
const CURES: Readonly<Record<string, (keyArn: string, use: KeyUse) => string>> = {
  NotFoundException: (arn, { kmsKeyFlag }) => `there is no KMS key ${arn}: check ${kmsKeyFlag}`,
  DisabledException: (arn) => `the KMS key ${arn} is disabled: enable it`,
  KMSInvalidStateException: (arn) =>
    `the KMS key ${arn} cannot be used in its state: enable it, or cancel its deletion`,
  InvalidKeyUsageException: (arn) => `the KMS key ${arn} is none that encrypts: give the one that wrapped the key`,
  InvalidCiphertextException: notWrapped,
  IncorrectKeyException: notWrapped,
};

function notWrapped(keyArn: string, { purpose, docs }: KeyUse): string {
  return `it was not wrapped by ${keyArn} with the encryption context purpose=${purpose}: wrap it as ${docs} says`;
}

type KmsDecision = Again | { readonly kind: "fatal"; readonly error: JobError };

/** Decides what follows a failed Decrypt: trouble of the service, or of the way there, is waited out. */
export function decide(
  error: unknown,
  { keyArn }: WrappedKey,
  use: KeyUse,
  { failures }: Pick<Failing, "failures">,
): KmsDecision {
  const failure = failureOf(error);
  const kind = kindOf(failure);
  const { name } = failure;
  const fatal = (code: JobError["code"], sentence: string): KmsDecision => ({
    kind: "fatal",
    error: new JobError(code, sentence, { cause: error }),
  });
  if (kind === "credentialsMissing" && failures < MAX_MISSING_CREDENTIALS) return { kind: "again", why: name };
  if (isAboutCredentials(kind)) return fatal("NO_CREDENTIALS", credentialsAdvice(kind, "KMS", name));
  if (kind === "denied") {
    const cure = `allow kms:Decrypt on ${keyArn} to these credentials, in their policy or the key's`;
    return fatal("ACCESS_DENIED", denialSentence("KMS refused Decrypt", cure, { name, message: deniedWords(failure) }));
  }
  const cure = CURES[name]?.(keyArn, use);
  if (cure !== undefined) return fatal("BAD_OPTION", `${use.wrappedFlag} cannot be unwrapped (${name}): ${cure}.`);
  if (kind === "invalid" || kind === "notFound") {
    return fatal("BAD_OPTION", `${use.wrappedFlag} cannot be unwrapped (${name}): ${notWrapped(keyArn, use)}.`);
  }
  return { kind: "again", why: name };
}
