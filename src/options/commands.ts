/** The options of the commands beside the job: one table each. */
import { LANES } from "../chat/alerts/alert";
import { ruleNamed } from "../chat/alerts/rule-text";
import { SEVERITIES } from "../chat/detectors/entities";
import { DEAD_LETTER_CODES, type DeadLetterCode } from "../chat/errors";
import { STAGES } from "../chat/stages";
import { normalisedLabel } from "../chat/steps/summaries/taxonomy";
import { SEARCH_MODES } from "../io/opensearch/queries/search-mode";
import { attributeValues, role } from "./conversation";
import { MESSAGES } from "./chat";
import { INPUT, inputAddress } from "./input";
import { choice, count, duration, type Kind, onOff, text, time } from "./kinds";
import { PAGE_ACCESS } from "./page-access";
import { PRIVACY } from "./privacy";
import { RUNNING } from "./running";
import { option, optional } from "./spec";
import { LOCAL } from "./local";
import { FLINK, flinkAddress, INDEX } from "./table";

const CODES = Object.keys(DEAD_LETTER_CODES) as [DeadLetterCode, ...DeadLetterCode[]];

const day: Kind<number> = {
  placeholder: "time",
  range: "a day such as 2026-01-31 in UTC, or RFC 3339 with offset",
  parse: (given) => time.parse(/^\d{4}-\d\d-\d\d$/.test(given) ? `${given}T00:00:00Z` : given),
};

/** Accepts an intent as the table shows it. Which ones there are, the index knows. */
const intent: Kind<string> = {
  placeholder: "intent",
  range: undefined,
  parse: (given) => {
    const value = normalisedLabel(given);
    return value === "" ? { mustBe: "a text that is not empty" } : { value };
  },
};

/** Accepts a rule by its name, and as the page shows it. */
const alertRule: Kind<string> = {
  placeholder: "rule",
  range: undefined,
  parse: (given) => {
    const value = ruleNamed(given);
    return value === "" ? { mustBe: "a text that is not empty" } : { value };
  },
};

export const SEND = {
  user: optional(text("id"), "Who writes; needed"),
  messageId: optional(text("id"), "The message's own id", { otherwise: "a new one" }),
} as const;

export const SEARCH = {
  user: optional(text("id"), "Only sessions of this user"),
  from: optional(day, "Only sessions that ended at this time or later"),
  to: optional(day, "Only sessions that began before this time"),
  intent: optional(intent, "Only sessions with this intent, such as refund or technical_support"),
  alert: optional(alertRule, "Only sessions that hit this rule of alerts, such as card or summary_health"),
  role: optional(role, "Only sessions in which this role speaks, and only its words: customer, agent, bot, …"),
  attribute: optional(attributeValues, "Only sessions with these values of named attributes"),
  limit: option(count(1, 100), "10", "Sessions shown"),
  skip: option(count(0, 10_000), "0", "Sessions left out before the first one shown"),
  mode: option(choice(SEARCH_MODES), "hybrid", "What is compared: words (keyword), vectors (semantic), or both"),
  json: option(onOff, "false", "Print one JSON object instead of a table"),
} as const;

export const PAGE = {
  pagePort: RUNNING.pagePort,
  ...PAGE_ACCESS,
  redrive: option(
    onOff,
    "false",
    "Let the page run dead letters through the job again: the command takes the job's options then, all of npm start",
  ),
} as const;

export const LETTERS = {
  code: optional(choice(CODES), "Only letters with this reason code"),
  stage: optional(choice(STAGES), "Only letters of this stage"),
  id: optional(text("id"), "Only the letter of this id"),
  letterPrivateKey: optional(text("file"), "Private key in PEM that opens sealed letters, to show or redrive them"),
  limit: optional(count(1, 1_000_000), "The oldest so many letters", { otherwise: "50 in a list, all in a redrive" }),
} as const;

export const ALERT_LOG = {
  kind: optional(text("kind"), "Only alerts of this kind, such as payment or self_harm"),
  lane: optional(choice(LANES), "Only alerts of messages, or of sessions"),
  severity: optional(choice(SEVERITIES), "Only alerts of this severity or a higher one"),
  user: optional(text("id"), "Only alerts of this user or session key"),
  from: optional(day, "Only alerts of this time or later"),
  to: optional(day, "Only alerts before this time"),
  limit: option(count(1, 10_000), "50", "The newest so many"),
  json: option(onOff, "false", "Print one JSON object instead of a table"),
} as const;

export const JOBS = {
  flinkMaster: option(flinkAddress, "http://127.0.0.1:8081", "REST address of Flink: a cluster's, or the job's own"),
  savepointDir: FLINK.savepointDir,
  dataDir: LOCAL.dataDir,
  json: option(onOff, "false", "Print JSON"),
} as const;

export const DOCTOR = {
  report: optional(text("file"), "Write a report for a maintainer: no chat text, no account numbers, no addresses"),
} as const;

export const INDEXES = {
  json: option(onOff, "false", "Print JSON"),
} as const;

/** Several, with commas between; one that is JSON itself stays whole. */
const several = (placeholder: string): Kind<readonly string[]> => ({
  placeholder,
  range: "with commas between",
  parse(given) {
    const parts = given.startsWith("{") ? [given] : given.split(",").map((part) => part.trim());
    return parts.every((part) => part !== "") ? { value: parts } : { mustBe: "texts with commas between" };
  },
});

export const EVALUATE = {
  summaryModel: optional(several("models"), "Models to compare", { otherwise: "the model that the job would ask" }),
  taxonomy: optional(several("files"), "Taxonomies to compare", { otherwise: "the built-in one" }),
  json: option(onOff, "false", "Print one JSON object instead of tables"),
} as const;

/** Names that --where knows. */
const WHERE = ["user", "intent", "language", "sentiment", "model", "taxonomy", "category"] as const;

/** Pairs of a name and a value, such as intent=refund,category=solved=no. */
const pairs: Kind<readonly (readonly [name: (typeof WHERE)[number], value: string])[]> = {
  placeholder: "pairs",
  range: `any of ${WHERE.join(", ")}`,
  parse(given) {
    const found = given.split(",").flatMap((part) => {
      const [, name, value] = /^\s*(\w+)=(.+)$/.exec(part) ?? [];
      const known = WHERE.find((own) => own === name);
      if (known === undefined || value === undefined) return [];
      return [[known, known === "intent" ? normalisedLabel(value) : value.trim()] as const];
    });
    const isWhole =
      found.length === given.split(",").length && new Set(found.map(([name]) => name)).size === found.length;
    const mustBe = `such as intent=refund or model=…,category=solved=no, with each of ${WHERE.join(", ")} once at most`;
    return isWhole ? { value: found } : { mustBe };
  },
};

export const RENEW = {
  where: optional(pairs, "Only documents with these values"),
  from: SEARCH.from,
  to: SEARCH.to,
  modelNot: optional(text("model"), "Only documents of any other summary model than this"),
} as const;

export const ERASE = {
  user: optional(text("id"), "Erase what this user wrote, and the sessions that are grouped by this user"),
  sessionKey: optional(text("key"), "Erase the sessions of this key, whoever speaks in them"),
  conversations: option(
    onOff,
    "false",
    "With --user: also erase sessions of other keys in which the user speaks, with what others say there",
  ),
  by: optional(text("name"), "Who erases, for the receipt", { otherwise: "the user of this machine" }),
  receipts: option(inputAddress, "erasures", "Folder, or place in S3, of the receipts"),
  wait: option(duration("0ms", "2h"), "30s", "Longest time to wait for what a job is just writing"),
  normalizeUser: MESSAGES.normalizeUser,
  redactKeyFile: optional(
    text("file"),
    "Key of the pseudonyms of a job with --pseudonymise-users: its --redact-key-file",
  ),
  redactKeyWrapped: optional(
    text("base64|file"),
    "The same key as KMS has encrypted it: the job's --redact-key-wrapped",
  ),
  redactKmsKey: PRIVACY.redactKmsKey,
  asGiven: option(
    onOff,
    "false",
    "Take the id for the name that the index has, although its users have pseudonyms, or names that look like them",
  ),
  s3Endpoint: INPUT.s3Endpoint,
  deadLetterIndex: INDEX.deadLetterIndex,
  json: option(onOff, "false", "Print JSON"),
} as const;

export const RETENTION = {
  retention: INDEX.retention,
  maxDeletes: option(count(1, 100_000), "1000", "Documents deleted in a second at most"),
  deadLetterIndex: INDEX.deadLetterIndex,
  json: option(onOff, "false", "Print JSON"),
} as const;

export const LEDGER = {
  json: option(onOff, "false", "Print JSON"),
} as const;

/** Options of all commands beside the job; their variables may be set while any other command runs. */
export const OF_COMMANDS = {
  ...SEND,
  ...SEARCH,
  ...PAGE,
  ...LETTERS,
  ...ALERT_LOG,
  ...JOBS,
  ...DOCTOR,
  ...INDEXES,
  ...LEDGER,
  ...RENEW,
  ...ERASE,
  ...RETENTION,
} as const;
