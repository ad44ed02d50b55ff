/** Rules between the options about personal data, and the settings of what was given. */
import { keyFileOf } from "../chat/privacy/key-file";
import { publicLetterKey } from "../chat/privacy/letter-key";
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
    values.redactKeyFile === undefined &&
    values.redact !== undefined &&
    values.redactMask === "pseudonym" &&
    "--redact-mask pseudonym needs --redact-key-file: make a key with openssl rand -base64 32.",
  ({ values }) =>
    values.redactKeyFile === undefined &&
    values.pseudonymiseUsers &&
    "--pseudonymise-users needs --redact-key-file: make a key with openssl rand -base64 32.",
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
  const { redact, redactMask: mask, redactWhere: where, redactKeyFile, phoneRegion, pseudonymiseUsers } = values;
  if (redact === undefined && !pseudonymiseUsers) return undefined;
  const region = phoneRegion === undefined ? {} : { phoneRegion };
  return {
    ...(redact === undefined ? {} : { redaction: { entities: redact, ...region, mask, where } }),
    ...(pseudonymiseUsers ? { pseudonymisesUsers: true } : {}),
    ...(redactKeyFile === undefined ? {} : { key: keyFileOf(redactKeyFile) }),
  };
}
