/** The order of the rooms, as ARCHITECTURE.md has it: an import may only go down. */

/** The entry points of the Beam layer; nothing else of it is imported from outside. */
const AUTHORS = "src/beam/index";
const ERROR = "src/beam/error";
const TARGET = "src/beam/target";
const DIRECT = "src/beam/direct/index";
const FLINK = "src/beam/flink/index";
const JAR = "src/beam/flink/jar";
const MANAGED = "src/beam/flink/managed";
const HARNESS = "src/beam/harness/index";
const HOST = "src/beam/host/index";
const RETRY = "src/beam/retry";
const PROCESS = "src/beam/process/index";
/** The child's side, which loads nothing else. */
const PARENT = "src/beam/process/parent";
const TESTING = "src/beam/testing/index";

const CHAT = ["src/chat/", AUTHORS, ERROR];
/** The rooms that the steps of the job may import, and one another's rooms below. */
const CHAT_BASE = [
  "src/chat/model",
  "src/chat/plan",
  "src/chat/errors",
  "src/chat/json-places",
  "src/chat/privacy/",
  "src/chat/coders/",
  AUTHORS,
  ERROR,
];
const STEPS_BASE = ["src/chat/steps/text/", "src/chat/steps/ids/", ...CHAT_BASE];
const SOURCE = [
  "src/io/event-time",
  "src/io/parked",
  "src/io/parsed-outputs",
  "src/io/parser",
  "src/io/parsing-source",
];
const IO = ["src/io/aws/", "src/io/retry-causes", "src/io/retry", "src/log", RETRY, ...CHAT];
/** Rooms of OpenSearch that others of its rooms may import. */
const OPENSEARCH = ["src/io/opensearch/settings", "src/io/redactor", ...IO];
const REQUESTS = "src/io/opensearch/requests/";
const QUERIES = "src/io/opensearch/queries/";
const INDEXES = [REQUESTS, "src/io/opensearch/ledgers/", "src/io/opensearch/indexes/", ...OPENSEARCH];
const WRITING = ["src/io/opensearch/writing/", ...INDEXES];
const JOB = ["src/pipeline", "src/alerts", "src/io/", ...CHAT];
/** Modules that every room of the Beam layer may import. */
const DEFERRED = "src/beam/deferred";
const BASE = [DEFERRED, "src/beam/failure/", "src/beam/sdk/", "src/beam/values", ERROR];
const RUNNING = [
  "src/beam/checks/",
  "src/beam/operators/",
  "src/beam/metrics/",
  "src/beam/authoring/",
  "src/beam/runner",
  ...BASE,
];

/**
 * Each room, which is a folder or a file without its ending, with the rooms that it may import beside itself. A file
 * belongs to the first room that holds it.
 */
export const ROOMS: readonly (readonly [room: string, below: readonly string[]])[] = [
  ["src/beam/values", []],
  ["src/beam/error", []],
  [DEFERRED, []],
  ["src/beam/retry", []],
  ["src/beam/failure/", [ERROR]],
  ["src/beam/sdk/", ["src/beam/values", ERROR]],
  ["src/beam/runner", BASE],
  ["src/beam/pipeline-proto", ["src/beam/authoring/", ...BASE]],
  ["src/beam/checks/", ["src/beam/pipeline-proto", ...BASE]],
  ["src/beam/authoring/", BASE],
  ["src/beam/index", ["src/beam/authoring/", "src/beam/pipeline-proto", "src/beam/runner", ...BASE]],
  ["src/beam/metrics/", ["src/beam/authoring/", "src/beam/runner"]],
  ["src/beam/operators/", ["src/beam/authoring/", "src/beam/metrics/", RETRY, ...BASE]],
  ["src/beam/direct/", RUNNING],
  ["src/beam/harness/", RUNNING],
  ["src/beam/process/", [ERROR]],
  [
    "src/beam/flink/",
    [
      "src/beam/checks/",
      "src/beam/metrics/",
      "src/beam/harness/",
      "src/beam/process/",
      "src/beam/runner",
      RETRY,
      ...BASE,
    ],
  ],
  ["src/beam/target", ["src/beam/direct/", "src/beam/flink/"]],
  [
    "src/beam/host/",
    [
      TARGET,
      "src/beam/checks/",
      "src/beam/pipeline-proto",
      "src/beam/direct/",
      "src/beam/flink/",
      "src/beam/process/",
      "src/beam/runner",
      ...BASE,
    ],
  ],
  ["src/beam/testing/", ["src/beam/"]],
  ["src/log", []],
  ["src/chat/detectors/", []],
  ["src/chat/coders/", CHAT],
  ["src/chat/steps/text/", CHAT_BASE],
  ["src/chat/steps/ids/", CHAT_BASE],
  ["src/chat/steps/records/", STEPS_BASE],
  ["src/chat/steps/sessions/", ["src/chat/steps/records/", ...STEPS_BASE]],
  ["src/chat/steps/summaries/", ["src/chat/steps/sessions/", ...STEPS_BASE]],
  ["src/chat/steps/letters/", ["src/chat/steps/records/", "src/chat/steps/sessions/", ...STEPS_BASE]],
  [
    "src/chat/steps/documents/",
    [
      "src/chat/steps/records/",
      "src/chat/steps/sessions/",
      "src/chat/steps/summaries/",
      "src/chat/steps/letters/",
      ...STEPS_BASE,
    ],
  ],
  ["src/chat/alerts/", CHAT],
  ["src/chat/", ["src/chat/detectors/", ERROR]],
  ["src/io/retry-causes", CHAT],
  ["src/io/retry", ["src/log", RETRY]],
  ["src/io/aws/", [RETRY, ...CHAT]],
  ["src/io/event-time", []],
  ["src/io/parsed-outputs", ["src/io/event-time", ...CHAT]],
  ["src/io/parser", ["src/io/parsed-outputs", ...CHAT]],
  ["src/io/receiver", ["src/io/retry", "src/log", RETRY, ...CHAT]],
  ["src/io/webhook-key", ["src/io/kms/", "src/io/webhook/", ...CHAT]],
  ["src/io/webhook/", ["src/io/receiver", "src/io/webhook-key", ...IO]],
  ["src/io/eventbridge/", ["src/io/receiver", ...IO]],
  ["src/io/parked", []],
  ["src/io/parsing-source", ["src/io/parser", ...CHAT]],
  ["src/io/kinesis/", [...SOURCE, ...IO]],
  ["src/io/files/", [...SOURCE, ...IO]],
  ["src/io/kms/", IO],
  ["src/io/redactor", ["src/io/kms/", ...CHAT]],
  ["src/io/parse-messages", ["src/io/redactor", ...CHAT]],
  ["src/io/bedrock/", ["src/io/redactor", ...IO]],
  ["src/io/opensearch/settings", IO],
  ["src/io/opensearch/requests/", OPENSEARCH],
  ["src/io/opensearch/queries/", OPENSEARCH],
  ["src/io/opensearch/ledgers/", [REQUESTS, ...OPENSEARCH]],
  ["src/io/opensearch/indexes/", [REQUESTS, QUERIES, "src/io/opensearch/ledgers/", ...OPENSEARCH]],
  ["src/io/opensearch/writing/", INDEXES],
  ["src/io/opensearch/sessions/", WRITING],
  ["src/io/opensearch/letters/", WRITING],
  ["src/io/opensearch/alerts/", WRITING],
  ["src/io/opensearch/searching/", [QUERIES, "src/io/opensearch/alerts/", ...WRITING]],
  ["src/io/opensearch/erasing/", ["src/io/opensearch/sessions/", "src/io/opensearch/letters/", ...WRITING]],
  ["src/io/opensearch/renewing/", WRITING],
  ["src/alerts", ["src/io/", ...CHAT]],
  ["src/pipeline", ["src/alerts", "src/io/", ...CHAT]],
  ["src/redrive", JOB],
  ["src/renew", JOB],
  ["src/renew-vectors", JOB],
  ["src/close-letters", JOB],
  ["src/worker", ["src/redrive", "src/pipeline", "src/log", HARNESS]],
  // The sample chat is put on the stream like any messages.
  ["src/local/", ["src/chat/", "src/io/kinesis/write", PROCESS, PARENT, RETRY]],
  [
    "src/page/client/",
    [
      ...["src/page/contract", "src/page/letters/contract", "src/page/overview/contract"],
      ...["src/page/live/contract", "src/page/live/joined-figures"],
      "src/chat/alerts/rule-text",
    ],
  ],
  [
    "src/page/letters/",
    [
      "src/page/auth/sign-in",
      "src/page/contract",
      "src/page/door",
      "src/page/mask",
      "src/page/read-request",
      "src/io/opensearch/",
      "src/log",
      ...CHAT,
    ],
  ],
  ["src/page/auth/", ["src/log", ...CHAT]],
  [
    "src/page/",
    ["src/io/opensearch/", "src/io/bedrock/", "src/telemetry/", "src/local/origin-guard", "src/log", ...CHAT],
  ],
  ["src/telemetry/", ["src/local/origin-guard", "src/log", ...JOB]],
  ["src/options/", ["src/telemetry/settings", "src/page/auth/", TARGET, ...JOB]],
  [
    "src/cli/",
    [
      "src/options/",
      "src/telemetry/",
      "src/local/",
      "src/page/",
      "src/redrive",
      "src/renew",
      "src/renew-vectors",
      "src/close-letters",
      "src/log",
      RETRY,
      TARGET,
      DIRECT,
      FLINK,
      HOST,
      ...JOB,
    ],
  ],
  ["runners/direct", ["src/options/", TARGET]],
  ["runners/flink", ["src/options/", TARGET]],
  ["runners/msf", ["runners/msf/", "src/cli/"]],
  ["runners/msf/", ["src/cli/", "src/options/", "src/telemetry/", PROCESS, FLINK, JAR, MANAGED, ...JOB]],
  // The top command, which chooses the job's runner.
  ["src/main", ["src/cli/", "src/options/", "runners/direct", "runners/flink"]],
  ["scripts/", ["test/", "src/local/", PROCESS, JAR, TESTING]],
  ["docs/examples/", [AUTHORS]],
];
