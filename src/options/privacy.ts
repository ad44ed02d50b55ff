/** Options about personal data: what is found and masked, and what dead letters keep. */
import { isSupportedCountry } from "libphonenumber-js/max";
import { ENTITIES, type Entity } from "../chat/detectors/detector";
import { MASKS, REDACTED_FOR } from "../chat/privacy/settings";
import { choice, choices, type Kind, kmsKey, onOff, text } from "./kinds";
import { option, optional } from "./spec";

const some = choices(ENTITIES);

const entities: Kind<readonly Entity[]> = {
  ...some,
  range: `all, or any of ${ENTITIES.join(", ")}`,
  parse(given) {
    if (given.toLowerCase() === "all") return { value: ENTITIES };
    const parsed = some.parse(given);
    const isSome = "value" in parsed && parsed.value.length > 0;
    return isSome ? parsed : { mustBe: `"all", or some of ${ENTITIES.join(", ")}, separated by commas, each once` };
  },
};

const country: Kind<string> = {
  placeholder: "country",
  range: "an ISO 3166 code such as DE",
  parse(given) {
    const code = given.toUpperCase();
    return isSupportedCountry(code) ? { value: code } : { mustBe: "the ISO 3166 code of a country, such as DE" };
  },
};

export const PRIVACY = {
  redact: optional(entities, "Personal data and secrets that are masked in texts, before anything is kept", {
    otherwise: "nothing",
  }),
  redactMask: option(
    choice(MASKS),
    "type",
    "What stands in their place: [PII], what it was such as [CARD], or that and a pseudonym, the same for the same value",
  ),
  redactWhere: option(choice(REDACTED_FOR), "both", "Who reads masked texts; the other one reads the original"),
  redactKeyFile: optional(
    text("file"),
    "Key of the pseudonyms, a file of 32 bytes or more on each host that runs the job",
  ),
  redactKeyWrapped: optional(
    text("base64|file"),
    "The same key as AWS KMS has encrypted it, in base64 or in a file; each worker has KMS decrypt it once",
  ),
  redactKmsKey: optional(kmsKey, "The KMS key that decrypts --redact-key-wrapped"),
  phoneRegion: optional(country, "Country whose phone numbers are found without a country code", {
    otherwise: "only numbers with one",
  }),
  pseudonymiseUsers: option(
    onOff,
    "false",
    "Put pseudonyms in the place of user ids, session keys and message ids; needs a key as --redact-mask pseudonym does",
  ),
  letters: optional(
    choice(["sealed", "plain", "drop"]),
    "What dead letters keep of what they stand for: it is sealed for --letter-key, kept as it came, or left out",
    { otherwise: "plain; sealed with --letter-key" },
  ),
  letterKey: optional(text("file"), "Public key in PEM, X25519 or RSA; who has its private half can redrive letters"),
} as const;
