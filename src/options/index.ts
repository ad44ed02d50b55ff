/**
 * The job's options: read from flags and environment variables, and checked one by one and together. Nothing starts
 * before all of this has passed.
 */
import path from "node:path";
import { validateSummarise } from "../io/bedrock/settings";
import type { InputAddress, ListedFile, S3Connection } from "../io/files/settings";
import { deadLetterIndexOf, PASSWORD_VARIABLE } from "../io/opensearch/settings";
import { telemetrySettings, type TelemetrySettings } from "../telemetry/settings";
import { alertRulesOf } from "./alert-settings";
import { checkTogether } from "./check";
import { type CommandLine, readCommandLine } from "./command-line";
import { type FlinkSettings, flinkSettings } from "./flink";
import { type Embedded, embeddedServices, type Given } from "./given";
import { type Endpoints, givenEndpoints } from "./endpoints";
import { isOnce, s3Connection, sourceName } from "./input-settings";
import { checkNoAccess, type PageSettings, pageSettings } from "./page-settings";
import { settingsFor } from "./pipeline-settings";
import { OPTION_GROUPS, type OptionValues } from "./table";
import { taxonomyOf } from "./taxonomy";
import type { PipelineSettings } from "../pipeline";

export { HelpWanted } from "./command-line";
export type { Endpoints } from "./endpoints";
export type { Embedded } from "./given";
export type { FlinkSettings } from "./flink";

export interface JobOptions {
  readonly once: boolean;
  /** True when the source has an end. */
  readonly bounded: boolean;
  readonly seed: number;
  /** True to randomise what a pipeline must not depend on. */
  readonly shuffle: boolean;
  /** True to show progress as it happens, on standard output. */
  readonly progress: boolean;
  /** True when standard output holds nothing but the closing JSON object. */
  readonly json: boolean;
  readonly logLevel: OptionValues["logLevel"];
  /** Undefined when the job serves no page. */
  readonly page: PageSettings | undefined;
  /** Undefined when the job's metrics go nowhere. */
  readonly telemetry: TelemetrySettings | undefined;
  readonly embedded: Embedded;
  readonly local: LocalOptions;
  /** Undefined when the pipeline runs in this process. */
  readonly flink: FlinkSettings | undefined;
  readonly region: string;
  /** Name of the stream, or of the files that are read in its place. */
  readonly stream: string;
  /** Undefined when a stream is read. */
  readonly input: Input | undefined;
  readonly index: string;
  readonly deadLetterIndex: string;
  readonly sessionGapMs: number;
  /** Names of the variables that worker processes need beside those for AWS. */
  readonly workerVariables: readonly string[];
  /** The given addresses; none for an embedded service, nor for a region's own endpoint. */
  readonly endpoints: Endpoints;
  /**
   * The pipeline's settings, once the embedded services have addresses, and the files of the input are listed. LATEST
   * and the stream's tip become times here.
   */
  pipelineSettings(endpoints: Endpoints, nowMs: number, files?: readonly ListedFile[]): PipelineSettings;
}

export interface Input {
  readonly addresses: readonly InputAddress[];
  readonly s3: S3Connection;
}

export interface LocalOptions {
  readonly dataDirectory: string;
  readonly sample: boolean;
  readonly shards: number;
  readonly bedrockLatencyMs: number;
  readonly vectors: { readonly kind: "words" | "words and meanings"; readonly isGiven: boolean };
}

const INFO = {
  usage: "npm start --",
  says: "Chat messages from Kinesis become sessions, summarised and embedded on Bedrock and searchable in OpenSearch.\nWithout options all three services run embedded on this machine, with a sample chat.",
  after: [
    "Every option may be given as its environment variable instead; a flag wins.",
    "The password for --auth basic is read from CHAT_SESSIONS_PASSWORD alone.",
    "",
    "Examples:",
    "  npm start                                          everything on this machine, until Ctrl-C",
    "  npm start -- --once                                the same up to the tip of the stream, then the end",
    "  npm start -- --input export.jsonl                  a file of chats in place of the stream",
    "  npm start -- --no-local --stream chat --region eu-west-1 --embedding-model amazon.titan-embed-text-v2:0 \\",
    "      --opensearch-endpoint https://search-x.eu-west-1.es.amazonaws.com --auth sigv4",
  ].join("\n"),
} as const;

/** Throws `JobError` BAD_OPTION with one sentence for the first wrong setting, `HelpWanted` for --help. */
export function readOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  nowMs: number = Date.now(),
): JobOptions {
  const line = readCommandLine(OPTION_GROUPS, INFO, argv, environment);
  const options = jobOptions(line, environment, nowMs);
  if (options.page === undefined) checkNoAccess(line.origins);
  return options;
}

/**
 * Reads the job's options from a command line that was read with `OPTION_GROUPS`, and perhaps with a tool's own beside
 * them.
 */
export function jobOptions(
  line: CommandLine,
  environment: Readonly<Record<string, string | undefined>>,
  nowMs: number,
): JobOptions {
  // The cast is sound, because the same table has read the values.
  const given = { ...line, password: environment[PASSWORD_VARIABLE] } as unknown as Given;
  const { values } = given;
  const embedded = embeddedServices(given);
  checkTogether(given, embedded, nowMs);
  const endpoints = givenEndpoints(values);
  const taxonomy = taxonomyOf(values.taxonomy);
  const rules = alertRulesOf(values.alertRules);
  const options: JobOptions = {
    once: isOnce(values),
    bounded: isOnce(values) || values.until !== undefined,
    seed: values.seed,
    shuffle: values.shuffle,
    progress: values.progress && !values.json,
    json: values.json,
    logLevel: values.logLevel,
    page: pageSettings(given, embedded),
    telemetry: telemetrySettings(values.metricsPort, environment),
    embedded,
    local: {
      dataDirectory: path.resolve(values.dataDir),
      sample: values.sample,
      shards: values.shards,
      bedrockLatencyMs: values.localBedrockLatency,
      vectors: {
        kind: values.localEncoder ? "words and meanings" : "words",
        isGiven: given.origins.localEncoder === "flag",
      },
    },
    flink: values.runner === "flink" ? flinkSettings(values) : undefined,
    region: values.region,
    stream: sourceName(values),
    input: values.input === undefined ? undefined : { addresses: values.input, s3: s3Connection(values) },
    index: values.index,
    deadLetterIndex: values.deadLetterIndex ?? deadLetterIndexOf(values.index),
    sessionGapMs: values.sessionGap,
    workerVariables: values.auth === "basic" ? [PASSWORD_VARIABLE] : [],
    endpoints,
    pipelineSettings: (found, atMs, files = []) =>
      settingsFor(given, { embedded, taxonomy, rules, files }, { ...endpoints, ...found }, atMs),
  };
  // Runs the rooms' own checks too, before anything starts.
  validateSummarise(options.pipelineSettings({ opensearch: "http://127.0.0.1" }, nowMs).summarise);
  return options;
}
