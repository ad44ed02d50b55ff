/** Rules between options: every contradiction is refused with one sentence, before anything starts. */
import { JobError } from "../chat/errors";
import { ALERT_RULES } from "./alert-rules";
import { FLINK_JOB_RULES, FLINK_RULES } from "./flink";
import type { Embedded, Given } from "./given";
import { INPUT_RULES } from "./input-rules";
import { isOnThisMachine } from "./kinds";
import { PRIVACY_RULES } from "./privacy-rules";
import { flagName } from "./spec";
import type { OptionKey, OptionValues } from "./table";

/**
 * A bundle may wait for summaries, embeddings, documents and dead letters, each to the very end, and for one last
 * answer.
 */
const SERVICES_IN_A_ROW = 5;
/** A call without an answer is made six times before its input is given up; the rest is room for everything else. */
const CALLS_OF_AN_INPUT = 10;

/** Options that ask for a page. */
const OF_PAGE = ["pagePort", "pageAuth", "pageHost"] as const satisfies readonly OptionKey[];

type Rule = (given: Given, embedded: Embedded, nowMs: number) => string | false | undefined;

/** Rules between options; each returns the sentence that refuses, or nothing. */
const RULES: readonly Rule[] = [
  ...INPUT_RULES,
  ...FLINK_RULES,
  ({ values }, _, nowMs) =>
    values.runner === "flink" &&
    typeof values.until === "number" &&
    values.until > nowMs &&
    "With --runner flink, --until must not lie in the future: leave it out, or use --runner direct.",
  ...FLINK_JOB_RULES,
  ({ values, origins }) => {
    const given = OF_PAGE.find((key) => values[key] !== undefined && origins[key] !== "default");
    if (values.page || given === undefined) return undefined;
    return `--no-page contradicts --${flagName(given)}: leave one of them out.`;
  },
  ({ values }) => values.runner !== "direct" && values.shuffle && "--shuffle is only of use with --runner direct.",
  ({ values }, embedded) =>
    !values.local &&
    Object.values(embedded).includes(true) &&
    '--no-local contradicts an endpoint "local": leave one of them out.',
  ({ values }, embedded) =>
    !embedded.opensearch &&
    values.opensearchEndpoint === undefined &&
    "--no-local needs --opensearch-endpoint with the address of your OpenSearch domain.",
  ({ origins, values }, embedded) =>
    !embedded.kinesis &&
    values.input === undefined &&
    origins.stream === "default" &&
    "A real Kinesis needs --stream with the name of your stream.",
  (given, embedded) => strayFlag(given, embedded.kinesis, ["shards", "sample"], "Kinesis"),
  (given, embedded) => strayFlag(given, embedded.bedrock, ["localBedrockLatency", "localEncoder"], "Bedrock"),
  ({ values }) =>
    values.startPosition === "AT_TIMESTAMP" &&
    values.startTime === undefined &&
    "--start-position AT_TIMESTAMP needs --start-time.",
  ({ values }) =>
    values.startTime !== undefined &&
    (values.startPosition ?? "AT_TIMESTAMP") !== "AT_TIMESTAMP" &&
    `--start-time contradicts --start-position ${values.startPosition}: leave one of them out.`,
  ({ values }) =>
    values.once &&
    values.until !== undefined &&
    values.until !== "tip" &&
    "--once reads up to the tip and --until up to a time: leave one of them out.",
  ({ values }, _, nowMs) =>
    values.startPosition === "LATEST" &&
    (values.once || values.until === "tip" || (values.until !== undefined && values.until <= nowMs)) &&
    "--start-position LATEST begins now, so nothing lies before the end that --once or --until sets: use TRIM_HORIZON or --start-time.",
  ({ values }) =>
    values.startTime !== undefined &&
    typeof values.until === "number" &&
    values.until <= values.startTime &&
    "--until must lie after --start-time.",
  ({ values }, _, nowMs) =>
    values.startTime !== undefined && values.startTime > nowMs && "--start-time must not lie in the future.",
  ({ values }) =>
    values.runner !== "direct" &&
    values.maxRetryTime * SERVICES_IN_A_ROW > values.checkpointTimeout &&
    `--max-retry-time must be at most a fifth of --checkpoint-timeout: one bundle may wait for several services in a row, and must end before the checkpoint does.`,
  ({ values }) =>
    values.runner !== "direct" &&
    values.requestTimeout * CALLS_OF_AN_INPUT > values.checkpointTimeout &&
    `--request-timeout must be at most a tenth of --checkpoint-timeout: an input that gets no answer in time is tried again several times within one bundle.`,
  ({ values }) =>
    values.maxOpenSession < values.sessionGap && "--max-open-session must not be shorter than --session-gap.",
  ({ values }) => values.index === values.deadLetterIndex && "--index and --dead-letter-index must not be the same.",
  ({ values }, embedded) =>
    embedded.opensearch &&
    values.auth !== "none" &&
    `--auth ${values.auth} needs a real --opensearch-endpoint: the embedded OpenSearch has no users.`,
  ({ values }, embedded) =>
    embedded.opensearch &&
    values.knnEngine !== "lucene" &&
    "The embedded OpenSearch has no k-NN engine but lucene: leave --knn-engine out, or give a real --opensearch-endpoint.",
  ({ values, password }) =>
    values.auth === "basic" &&
    (values.username === undefined || password === undefined) &&
    "--auth basic needs --username and the environment variable CHAT_SESSIONS_PASSWORD.",
  ...ALERT_RULES,
  ({ origins }) =>
    origins.roles !== "default" &&
    origins.roleField === "default" &&
    "--roles needs --role-field, the field whose words it translates.",
  ...PRIVACY_RULES,
  ({ values }) => openPassword(values),
  ({ values }) =>
    values.auth !== "basic" && values.username !== undefined && "--username is only of use with --auth basic.",
];

/** Throws `JobError` BAD_OPTION for the first contradiction. */
export function checkTogether(given: Given, embedded: Embedded, nowMs: number): void {
  for (const rule of RULES) {
    const sentence = rule(given, embedded, nowMs);
    if (typeof sentence === "string") throw new JobError("BAD_OPTION", sentence);
  }
}

/** Returns the sentence that refuses to send the password over a connection that others can read. */
export function openPassword({
  auth,
  opensearchEndpoint: endpoint,
}: Pick<OptionValues, "auth" | "opensearchEndpoint">): string | undefined {
  const isOpen = endpoint !== undefined && endpoint.startsWith("http:") && !isOnThisMachine(endpoint);
  if (auth !== "basic" || !isOpen) return undefined;
  return "--auth basic would send the password unencrypted: give --opensearch-endpoint an https address.";
}

/**
 * Refuses a flag for an embedded service that does not run; as a variable it may stay, since variables outlive one
 * command.
 */
function strayFlag(
  { origins, values }: Given,
  isEmbedded: boolean,
  keys: readonly OptionKey[],
  service: string,
): string | undefined {
  if (isEmbedded) return undefined;
  const stray = keys.find((key) => origins[key] === "flag" && values[key] !== false);
  if (stray === undefined) return undefined;
  return `--${flagName(stray)} is only of use with the embedded ${service}.`;
}
