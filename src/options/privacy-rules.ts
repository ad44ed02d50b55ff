/** Rules between the options about personal data, and the settings of what was given. */
import { JobError } from "../chat/errors";
import { keyFileOf } from "../chat/privacy/key-file";
import { publicLetterKey } from "../chat/privacy/letter-key";
import { PSEUDONYMS, wrappedKey } from "../chat/privacy/wrapped-key";
import type { PrivacySettings } from "../chat/privacy/settings";
import type { LetterPolicy } from "../io/opensearch/settings";
import type { Given } from "./given";
import { flagName } from "./spec";

const NEED_REDACT = ["redactMask", "redactWhere"] as const;

export const PRIVACY_RULES: readonly ((given: Given) => string | false | undefined)[] = [
  ({ values, origins }) => {
    const stray = NEED_REDACT.find((key) => origins[key] === "flag");
    if (values.redact !== undefined || stray === undefined) return undefined;
    return `--${flagName(stray)} is only of use with --redact, such as --redact all.`;
  },
  ({ values }) =>
    hasNoKey(values) &&
    values.redact !== undefined &&
    values.redactMask === "pseudonym" &&
    `--redact-mask pseudonym needs ${A_KEY}.`,
  ({ values }) => hasNoKey(values) && values.pseudonymiseUsers && `--pseudonymise-users needs ${A_KEY}.`,
  ({ values }) => keyContradiction(values),
  ({ values }) =>
    lettersOf(values) === "sealed" &&
    values.letterKey === undefined &&
    "--letters sealed needs --letter-key, the public key for which letters are sealed.",
  ({ values }) =>
    lettersOf(values) !== "sealed" &&
    values.letterKey !== undefined &&
    `--letter-key contradicts --letters ${values.letters}: leave one of them out.`,
  ({ values }) =>
    (values.redact !== undefined || values.pseudonymiseUsers) &&
    lettersOf(values) === "plain" &&
    `${values.redact === undefined ? "--pseudonymise-users" : "--redact"} would be undone by dead letters, which keep records as they came: seal them for a key with --letter-key, or leave their content out with --letters drop.`,
];

/** On the managed service the second one alone is an option. */
const A_KEY =
  "a key: --redact-key-file, made with openssl rand -base64 32, or --redact-key-wrapped, made by KMS (docs/privacy.md)";

/** A key in the options of the job, or of a command. */
type KeyValues = Pick<Given["values"], "redactKeyFile" | "redactKeyWrapped" | "redactKmsKey">;

function hasNoKey({ redactKeyFile, redactKeyWrapped }: KeyValues): boolean {
  return redactKeyFile === undefined && redactKeyWrapped === undefined;
}

function keyContradiction({ redactKeyFile, redactKeyWrapped, redactKmsKey }: KeyValues): string | undefined {
  if (redactKeyFile !== undefined && redactKeyWrapped !== undefined)
    return "--redact-key-wrapped contradicts --redact-key-file: leave one of them out.";
  if (redactKeyWrapped !== undefined && redactKmsKey === undefined)
    return "--redact-key-wrapped needs --redact-kms-key, the ARN of the KMS key that wrapped it.";
  if (redactKeyWrapped === undefined && redactKmsKey !== undefined)
    return "--redact-kms-key is only of use with --redact-key-wrapped, a key that it has encrypted (docs/privacy.md).";
  return undefined;
}

function lettersOf({ letters, letterKey }: Given["values"]): "sealed" | "plain" | "drop" {
  return letters ?? (letterKey === undefined ? "plain" : "sealed");
}

/** Undefined for letters that are kept as they are. Throws `JobError` BAD_OPTION for a key that cannot seal. */
export function letterPolicy({ values }: Pick<Given, "values">): LetterPolicy | undefined {
  if (values.letterKey !== undefined) return { kind: "sealed", publicKey: publicLetterKey(values.letterKey) };
  return lettersOf(values) === "drop" ? { kind: "drop" } : undefined;
}

/** Undefined where nothing is to be done. Throws `JobError` BAD_OPTION for a key that cannot be used. */
export function privacySettings({ values }: Pick<Given, "values">): PrivacySettings | undefined {
  const { redact, redactMask: mask, redactWhere: where, phoneRegion, pseudonymiseUsers } = values;
  if (redact === undefined && !pseudonymiseUsers) return undefined;
  const region = phoneRegion === undefined ? {} : { phoneRegion };
  const key = redactionKey(values);
  return {
    ...(redact === undefined ? {} : { redaction: { entities: redact, ...region, mask, where } }),
    ...(pseudonymiseUsers ? { pseudonymisesUsers: true } : {}),
    ...(key === undefined ? {} : { key }),
  };
}

/** The key of pseudonyms; undefined where none is given. Throws `JobError` BAD_OPTION for one that cannot be used. */
export function redactionKey(values: KeyValues): PrivacySettings["key"] {
  const contradiction = keyContradiction(values);
  if (contradiction !== undefined) throw new JobError("BAD_OPTION", contradiction);
  const { redactKeyFile, redactKeyWrapped, redactKmsKey } = values;
  if (redactKeyFile !== undefined) return keyFileOf(redactKeyFile);
  if (redactKeyWrapped === undefined || redactKmsKey === undefined) return undefined;
  return { wrapped: wrappedKey(redactKeyWrapped, PSEUDONYMS), keyArn: redactKmsKey };
}
