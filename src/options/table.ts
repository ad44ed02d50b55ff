/**
 * Every option of the job: one table, from which the command line, the environment variables, the help and the types
 * all come. Rules between options are in check.ts.
 */
import { CLUSTER_DEFAULTS, FLINK_DEFAULTS } from "../beam/target";
import { DEFAULT_SUMMARISE } from "../io/bedrock/settings";
import { DEFAULT_BULK, DEFAULT_INDEX, deadLetterIndexOf } from "../io/opensearch/settings";
import { ALERTS } from "./alerts";
import { MESSAGES, SESSIONS } from "./chat";
import { INPUT } from "./input";
import { LOCAL } from "./local";
import { PAGE_ACCESS } from "./page-access";
import { PRIVACY } from "./privacy";
import { RUNNING } from "./running";
import {
  bytes,
  bytesText,
  choice,
  count,
  duration,
  durationText,
  endpoint,
  indexName,
  onOff,
  pattern,
  sharedPath as path,
  text,
  time,
  timeOrTip,
} from "./kinds";
import { option, optional, type OptionSpec, type ValuesOf } from "./spec";

const OPENSEARCH_USER = "--auth basic takes them from --username and CHAT_SESSIONS_PASSWORD";
export const flinkAddress = endpoint([], "Flink's REST service has no users: let nobody else reach it");

export const SOURCE = {
  stream: option(
    pattern("name", /^[a-zA-Z0-9_.-]{1,128}$/, "the name of a stream (letters, digits, '_', '.', '-')"),
    "my-kinesis-stream",
    "Kinesis data stream to read",
  ),
  region: {
    ...option(
      pattern("region", /^[a-z]{2}(-[a-z]+)+-\d+$/, "an AWS region such as us-east-1"),
      "us-east-1",
      "AWS region of Kinesis, Bedrock and OpenSearch",
    ),
    alsoEnvironment: ["AWS_REGION", "AWS_DEFAULT_REGION"],
  },
  kinesisEndpoint: optional(
    endpoint(["local", "aws"]),
    "Where Kinesis is: embedded (local), the region's own (aws), or an address",
    {
      otherwise: "local; aws with --no-local",
      alsoEnvironment: ["AWS_ENDPOINT_URL_KINESIS"],
    },
  ),
  startPosition: optional(
    choice(["LATEST", "TRIM_HORIZON", "AT_TIMESTAMP"]),
    "Where reading begins; AT_TIMESTAMP needs --start-time",
    {
      otherwise: "TRIM_HORIZON with the embedded Kinesis, --once or --until, else LATEST",
    },
  ),
  startTime: optional(time, "Read records that arrived at this time or later; implies AT_TIMESTAMP"),
  until: optional(
    timeOrTip,
    "Read records that arrived up to this time (tip: all that are there at the start), then end",
    { otherwise: "reads on" },
  ),
  maxPolls: option(
    count(1, 5),
    "2",
    "Calls a second to a shard that is read to its tip; all consumers of a shard share five",
  ),
  allowedDisorder: option(
    duration("0ms", "36500d"),
    "10s",
    "How far behind the newest message of a shard, or of all files before, another one may lie and still find its session open; of a shard at most 1h",
  ),
  late: option(
    choice(["amend", "letter"]),
    "amend",
    "What becomes of a message whose session is closed: it joins the session in the index, or becomes a dead letter",
  ),
  idleTimeout: option(
    duration("1s", "1h"),
    "5s",
    "A shard without records for this long, read to its tip, no longer holds sessions open",
  ),
} as const;

export const SUMMARIES = {
  bedrockEndpoint: optional(
    endpoint(["local", "aws"]),
    "Where Bedrock is: the local stand-in (local), the region's own (aws), or an address",
    {
      otherwise: "local; aws with --no-local",
      alsoEnvironment: ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"],
    },
  ),
  summaryModel: optional(text("model"), "Bedrock model or inference profile that summarises", {
    otherwise: "Claude Haiku 4.5 by the profile of the region's geography (us., eu., jp., au.), else by global.",
  }),
  summaryApi: option(
    choice(["converse", "invoke"]),
    DEFAULT_SUMMARISE.api,
    "Bedrock call that summarises; invoke is for Claude models",
  ),
  structured: option(
    choice(["auto", "tool", "text"]),
    DEFAULT_SUMMARISE.structured,
    "How the model gives its structured answer: by a tool call, or as JSON in text",
  ),
  summaryLanguage: option(
    text("language"),
    DEFAULT_SUMMARISE.language,
    "Language of summaries, as a BCP 47 tag; chat takes the chat's own",
  ),
  taxonomy: optional(text("file"), "JSON file of your own intents, topics, questions and sensitive kinds", {
    otherwise: "the built-in ones",
  }),
  maxTokens: option(
    count(64, 8_192),
    String(DEFAULT_SUMMARISE.maxTokens),
    "Tokens that the model may answer with; Bedrock reserves them from the quota",
  ),
  concurrency: option(count(1, 1_000), "64", "Calls under way at once in each Bedrock stage of a process"),
  requestTimeout: option(duration("1s", "10m"), "60s", "A Bedrock call that takes longer is tried again"),
} as const;

export const EMBEDDINGS = {
  embeddingModel: option(
    text("model"),
    "amazon.titan-embed-text-v1",
    "Bedrock model that embeds; in regions without Titan v1, amazon.titan-embed-text-v2:0",
  ),
  embeddingDimensions: optional(count(1, 16_000), "Length of vectors; Titan v2 knows 256, 512 and 1024", {
    otherwise: "the model's own: 1536 for Titan v1, 1024 for v2",
  }),
  embed: option(choice(["summary", "session"]), "summary", "What is embedded: the summary, or the whole session"),
} as const;

export const INDEX = {
  opensearchEndpoint: optional(
    endpoint(["local"], OPENSEARCH_USER),
    "Where OpenSearch is: embedded (local), or an address",
    {
      otherwise: "local; needed with --no-local",
    },
  ),
  index: option(indexName, "chat-sessions", "Index of the session documents; created when missing"),
  deadLetterIndex: optional(indexName, "Index of the dead letters; created when missing", {
    otherwise: deadLetterIndexOf("<index>"),
  }),
  auth: option(choice(["none", "basic", "sigv4"]), "none", "How requests to OpenSearch are signed"),
  username: optional(text("name"), "User for --auth basic; the password comes from CHAT_SESSIONS_PASSWORD alone"),
  refreshInterval: option(
    duration("100ms", "10m"),
    durationText(DEFAULT_INDEX.refreshIntervalMs),
    "How soon a written document can be found",
  ),
  bulkDocuments: option(count(1, 10_000), String(DEFAULT_BULK.maxDocuments), "Documents in one bulk request at most"),
  bulkBytes: option(bytes("64KiB", "50MiB"), bytesText(DEFAULT_BULK.maxBytes), "Bytes in one bulk request at most"),
  bulkAge: option(
    duration("0ms", "1m"),
    durationText(DEFAULT_BULK.maxAgeMs),
    "A document waits no longer than this for its bulk request to fill; 20 ms while no other request is under way",
  ),
  storeMessages: option(
    onOff,
    String(DEFAULT_INDEX.storeMessages),
    "Leave the messages themselves out of the documents",
  ),
  retention: optional(
    duration("1h", "36500d"),
    "Messages and dead letters older than this, by event time, are not kept",
    {
      otherwise: "all are; npm run retention deletes what has grown old",
    },
  ),
  knnEngine: option(choice(["lucene", "faiss"]), DEFAULT_INDEX.engine, "k-NN engine of a new index"),
} as const;

export const FLINK = {
  parallelism: option(count(1, 64), String(FLINK_DEFAULTS.parallelism), "Tasks of each stage"),
  sdkWorkers: optional(count(1, 16), "Processes of each TaskManager that run the pipeline's own code", {
    otherwise: "2 where it has two processors or more, else 1",
  }),
  checkpointInterval: option(
    duration("100ms", "1h"),
    durationText(FLINK_DEFAULTS.checkpointIntervalMs),
    "Time between checkpoints",
  ),
  checkpointTimeout: option(
    duration("10s", "24h"),
    durationText(FLINK_DEFAULTS.checkpointTimeoutMs),
    "A checkpoint that takes longer is given up; the next follows",
  ),
  maxRetryTime: option(
    duration("1s", "2h"),
    "2m",
    "A service that answers nothing for this long makes Flink restart the job from its last checkpoint",
  ),
  maxBundleElements: option(
    count(1, 1_000_000),
    String(FLINK_DEFAULTS.maxBundleElements),
    "A bundle ends with this many elements at the latest",
  ),
  maxBundleTime: option(
    duration("1ms", "1m"),
    durationText(FLINK_DEFAULTS.maxBundleMs),
    "A bundle ends after this time at the latest",
  ),
  stateBackend: optional(choice(["hashmap", "rocksdb"]), "Where Flink keeps what is under way: its heap, or disk", {
    otherwise: "hashmap on this machine, what a cluster has in its settings",
  }),
  savepointDir: optional(path, "Folder of the savepoints that a stop makes", {
    otherwise: "savepoints in --data-dir; what a cluster has in its settings",
  }),
  fromSavepoint: optional(path, "Go on from this savepoint, or from a checkpoint that was retained", {
    otherwise: "a new start",
  }),
  allowNonRestoredState: option(
    onOff,
    "false",
    "Leave behind what the savepoint holds for stages that the pipeline no longer has",
  ),
} as const;

export const CLUSTER = {
  flinkMaster: optional(flinkAddress, "REST address of the cluster, such as http://127.0.0.1:8081", {
    otherwise: "a Flink of the job's own on this machine",
  }),
  detach: option(onOff, "false", "End as soon as the job runs; npm run flink lists, stops and cancels jobs"),
  clusterNode: option(
    text("program"),
    CLUSTER_DEFAULTS.node,
    "Node.js 20 or newer on the cluster's machines: absolute, or of their PATH",
  ),
  checkpointDir: optional(path, "Folder of the job's checkpoints", {
    otherwise: "what the cluster has in its settings",
  }),
  retainCheckpoints: option(
    onOff,
    String(CLUSTER_DEFAULTS.retainCheckpoints),
    "Remove the last checkpoint of a job that is cancelled or fails",
  ),
} as const;

/** All options of the job in groups, in the order of the help. */
export const OPTION_GROUPS = {
  Running: RUNNING,
  "Page for others": PAGE_ACCESS,
  "Kinesis source": SOURCE,
  "Files in place of a stream": INPUT,
  Messages: MESSAGES,
  Sessions: SESSIONS,
  Privacy: PRIVACY,
  "Summaries (Bedrock)": SUMMARIES,
  "Embeddings (Bedrock)": EMBEDDINGS,
  "OpenSearch index": INDEX,
  Alerts: ALERTS,
  "Flink (--runner flink)": FLINK,
  "Flink cluster (--flink-master)": CLUSTER,
  "Embedded services": LOCAL,
} as const satisfies Record<string, Record<string, OptionSpec>>;

export const OPTIONS = {
  ...RUNNING,
  ...PAGE_ACCESS,
  ...SOURCE,
  ...INPUT,
  ...MESSAGES,
  ...SESSIONS,
  ...PRIVACY,
  ...SUMMARIES,
  ...EMBEDDINGS,
  ...INDEX,
  ...ALERTS,
  ...FLINK,
  ...CLUSTER,
  ...LOCAL,
} as const;

export type OptionKey = keyof typeof OPTIONS;
export type OptionValues = ValuesOf<typeof OPTIONS>;
