/**
 * The job's options as runtime properties of the managed Flink service, instead of flags: same names, same values, same
 * checks.
 */
import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { JobError } from "../errors";
import type { JobOptions } from "../options";
import { readOptions } from "../options";
import { flagName, type OptionSpec } from "./spec";
import { EMBEDDINGS, FLINK, INDEX, MESSAGES, OPTIONS, RUNNING, SESSIONS, SOURCE, SUMMARIES } from "./table";

/** The group of runtime properties that is the job's. */
export const PROPERTY_GROUP = "ChatSessions";

const { logLevel } = RUNNING;
const { sdkWorkers, maxRetryTime, maxBundleElements, maxBundleTime } = FLINK;

/** What may be a property. Everything else is the service's own (parallelism, checkpoints), or of no use there. */
export const PROPERTIES: Readonly<Record<string, OptionSpec>> = {
  ...Object.fromEntries(Object.entries(SOURCE).filter(([key]) => key !== "until")),
  ...MESSAGES,
  ...SESSIONS,
  ...SUMMARIES,
  ...EMBEDDINGS,
  ...INDEX,
  logLevel,
  sdkWorkers,
  maxRetryTime,
  maxBundleElements,
  maxBundleTime,
};

/** Without these there is nothing to read or nowhere to write. */
const REQUIRED = ["stream", "opensearch-endpoint"] as const;

/** Names of properties differ by this many letters at most to be taken for one another. */
const MAX_TYPOS = 3;

/** Of `/etc/flink/application_properties.json`. */
const GROUPS = z.array(z.object({ PropertyGroupId: z.string(), PropertyMap: z.record(z.string(), z.string()) }));

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The job's group out of the content of the properties file that the service puts on its hosts. Throws `JobError`
 * BAD_OPTION.
 */
export function propertiesOf(content: string): Readonly<Record<string, string>> {
  const groups = GROUPS.safeParse(jsonOf(content));
  if (!groups.success) {
    throw new JobError("BAD_OPTION", "The runtime properties are not in the form that the managed service writes.");
  }
  const own = groups.data.find(({ PropertyGroupId }) => PropertyGroupId === PROPERTY_GROUP);
  if (own !== undefined) return own.PropertyMap;
  throw new JobError(
    "BAD_OPTION",
    `The application has no group "${PROPERTY_GROUP}" of runtime properties: add it, with ${REQUIRED.join(" and ")} at least.`,
  );
}

/**
 * The job's options out of its group of properties, as long names of options (`session-gap`) and their values as typed
 * on a command line; switches are `true` or `false`. Throws `JobError` BAD_OPTION with one sentence.
 */
export function readProperties(
  properties: Readonly<Record<string, string>>,
  environment: Environment,
  nowMs: number = Date.now(),
): JobOptions {
  const missing = REQUIRED.find((name) => properties[name] === undefined);
  if (missing !== undefined) throw new JobError("BAD_OPTION", `The property "${missing}" is missing.`);
  const argv = Object.entries(properties).map(([name, value]) => flagOf(name, value));
  try {
    return readOptions(["--runner", "flink", "--no-local", ...argv], awsOnly(environment), nowMs);
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    throw new JobError(error.code, error.message.replace(/--(?:no-)?([a-z][a-z-]*)/g, 'property "$1"'), {
      cause: error,
    });
  }
}

function flagOf(name: string, value: string): string {
  const spec = Object.entries(PROPERTIES).find(([key]) => flagName(key) === name)?.[1];
  if (spec === undefined) throw unknownProperty(name);
  if (spec.kind.placeholder !== undefined) return `--${name}=${value}`;
  if (value !== "true" && value !== "false") {
    throw new JobError("BAD_OPTION", `property "${name}" must be true or false.`);
  }
  return value === "true" ? `--${name}` : `--no-${name}`;
}

function unknownProperty(name: string): JobError {
  if (Object.keys(OPTIONS).some((key) => flagName(key) === name)) {
    return new JobError(
      "BAD_OPTION",
      `The option "${name}" cannot be a property: it is the managed service's own, or of no use there.`,
    );
  }
  const known = Object.keys(PROPERTIES).map(flagName);
  const likely = closest(name, known);
  const hint = distance(name, likely) <= MAX_TYPOS ? `: did you mean "${likely}"?` : ".";
  return new JobError("BAD_OPTION", `Unknown property "${name.slice(0, 60)}"${hint}`);
}

/** A job must not depend on variables that its properties do not show; the region is the service's own. */
function awsOnly(environment: Environment): Environment {
  const { AWS_REGION, AWS_DEFAULT_REGION } = environment;
  return { AWS_REGION, AWS_DEFAULT_REGION };
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return undefined;
  }
}
