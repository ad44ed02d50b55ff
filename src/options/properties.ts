/**
 * The job's options as runtime properties of Amazon Managed Service for Apache Flink: a named group of texts, whose
 * names are those of the command line without the dashes. Switches are true or false.
 */
import { BeamError } from "../beam/error";
import { JobError } from "../chat/errors";
import { jobOptions, type JobOptions } from ".";
import { readCommandLine } from "./command-line";
import { onOff } from "./kinds";
import { nearest } from "./nearest";
import { PROPERTY_GROUP } from "./property-groups";
import { flagName, type OptionSpec, without } from "./spec";
import { ALERTS } from "./alerts";
import { MESSAGES, SESSIONS } from "./chat";
import { PRIVACY } from "./privacy";
import { EMBEDDINGS, FLINK, INDEX, OPTION_GROUPS, SOURCE, SUMMARIES } from "./table";
import { RUNNING } from "./running";

const { sdkWorkers, maxRetryTime, maxBundleElements, maxBundleTime } = FLINK;

/** The options that have a meaning on the service, in the order of the help. */
export const PROPERTY_TABLES = {
  // A job on the service has no end, and no environment that could hold a password.
  "Kinesis source": without(SOURCE, "until"),
  Messages: MESSAGES,
  Sessions: SESSIONS,
  // The hosts of the service have no file that could hold a key: there it comes wrapped.
  Privacy: without(PRIVACY, "redactKeyFile"),
  "Summaries (Bedrock)": SUMMARIES,
  "Embeddings (Bedrock)": EMBEDDINGS,
  "OpenSearch index": without(INDEX, "username"),
  Alerts: without(ALERTS, "alertWebhookKey"),
  Running: {
    logLevel: RUNNING.logLevel,
    sdkWorkers: { ...sdkWorkers, otherwise: "1, since a KPU has one processor" },
    maxRetryTime,
    maxBundleElements,
    maxBundleTime,
  },
} as const satisfies Record<string, Record<string, OptionSpec>>;

const SPECS = new Map<string, OptionSpec>(
  Object.values(PROPERTY_TABLES).flatMap((table) =>
    Object.entries(table as Record<string, OptionSpec>).map(([key, spec]) => [flagName(key), spec] as const),
  ),
);
/**
 * Properties that must be given. The region too: only the user knows where the stream is, and its default would
 * silently be somewhere else.
 */
const NEEDED = ["stream", "region", "opensearch-endpoint"];

/**
 * Throws `JobError` BAD_OPTION with one sentence for the first property that is unknown, out of range or contradicts
 * another.
 */
export function readProperties(properties: Readonly<Record<string, string>>, nowMs: number = Date.now()): JobOptions {
  const missing = NEEDED.find((name) => properties[name] === undefined);
  if (missing !== undefined) throw refusal(`${missing} is missing.`);
  if (properties["auth"] === "basic") {
    throw refusal("auth must be sigv4, or none: properties are no place for a password.");
  }
  const needsKey = properties["redact-mask"] === "pseudonym" || properties["pseudonymise-users"] === "true";
  if (needsKey && properties["redact-key-wrapped"] === undefined) {
    throw refusal(
      "pseudonyms need redact-key-wrapped and redact-kms-key, since the service's hosts have no file with a key (docs/privacy.md).",
    );
  }
  const webhook = properties["alert-webhook"] ?? "none";
  if (webhook === "local") throw refusal("alert-webhook must be an address, or none.");
  if (webhook !== "none" && properties["alert-webhook-key-wrapped"] === undefined) {
    throw refusal(
      "alert-webhook needs alert-webhook-key-wrapped and alert-webhook-kms-key, since the service's hosts have no file with a key (docs/alerts.md).",
    );
  }
  const flags = Object.entries(properties).map(([name, value]) => flagOf(name, value));
  const argv = ["--runner", "flink", "--no-local", ...flags];
  try {
    return jobOptions(readCommandLine(OPTION_GROUPS, { usage: "", says: "" }, argv, {}), {}, nowMs);
  } catch (error) {
    if (!(error instanceof BeamError)) throw error;
    throw refusal(error.message.replaceAll(/(?<![\w-])--(?=[a-z])/g, ""), error);
  }
}

function flagOf(name: string, value: string): string {
  const spec = SPECS.get(name);
  if (spec === undefined) {
    const names = [...SPECS.keys()];
    const meant = nearest(name, names);
    const hint = meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}`;
    throw refusal(`"${name.slice(0, 60)}" is not known: ${hint}.`);
  }
  if (spec.kind.placeholder !== undefined) return `--${name}=${value}`;
  const parsed = onOff.parse(value);
  if ("mustBe" in parsed) throw refusal(`${name} must be ${parsed.mustBe}, not "${value.slice(0, 60)}".`);
  return parsed.value ? `--${name}` : `--no-${name}`;
}

function refusal(sentence: string, cause?: unknown): JobError {
  return new JobError("BAD_OPTION", `Runtime properties, group ${PROPERTY_GROUP}: ${sentence}`, { cause });
}
