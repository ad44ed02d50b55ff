/** Rules of alerts and kinds of sensitive content as people are told of them, the same everywhere. Pure. */

/** What a model or a rule takes for sensitive: the labels of the built-in taxonomy. */
const KINDS: Readonly<Record<string, string>> = {
  email: "E-mail address",
  phone: "Phone number",
  payment: "Payment details",
  address: "Postal address",
  identity: "Proof of identity",
  credentials: "Password or key",
  health: "Health",
  self_harm: "Self-harm",
  violence: "Violence",
  hate: "Hate",
  sexual: "Sexual content",
  other: "Other sensitive content",
};

const RULES: Readonly<Record<string, string>> = {
  card: "Card number",
  iban: "IBAN",
  email: "E-mail address",
  phone: "Phone number",
  private_key: "Private key",
  aws_access_key: "AWS access key",
  token: "Access token",
  password: "Password",
  self_harm_words: "Words of self-harm",
  threat_words: "Words of threat",
};

/** Rules of the session lane are named by the kind that the summary found. */
const BY_SUMMARY = /^summary_(.+)$/s;

const SAID_BY_SUMMARY = /^(.+), by the summary$/s;

/** `payment` → `Payment details`; a label of one's own as it is, with spaces. */
export function kindText(kind: string): string {
  return knownOr(KINDS, kind);
}

/** `card` → `Card number`, `summary_phone` → `Phone number, by the summary`; a rule of one's own as it is named. */
export function ruleText(rule: string): string {
  const [, kind] = BY_SUMMARY.exec(rule) ?? [];
  return kind === undefined ? knownOr(RULES, rule) : `${kindText(kind)}, by the summary`;
}

/**
 * Returns the rule that people were told of, in any case; a rule's own name, which may have spaces for its underscores,
 * as it is.
 */
export function ruleNamed(given: string): string {
  const said = given.trim().toLowerCase().replace(/\s+/g, " ");
  const [, kind] = SAID_BY_SUMMARY.exec(said) ?? [];
  return kind === undefined ? nameIn(RULES, said) : `summary_${nameIn(KINDS, kind)}`;
}

function nameIn(known: Readonly<Record<string, string>>, said: string): string {
  const [name] = Object.entries(known).find(([, text]) => text.toLowerCase() === said) ?? [];
  return name ?? said.replaceAll(" ", "_");
}

function knownOr(known: Readonly<Record<string, string>>, name: string): string {
  // Names come from models and from files, so they may be those of what every object has.
  if (Object.hasOwn(known, name)) return known[name]!;
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
