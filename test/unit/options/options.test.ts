import assert from "node:assert/strict";
import { BeamError } from "../../../src/beam/error";
import { contentHash } from "../../../src/chat/steps/documents/content-hash";
import { PROMPT_VERSION } from "../../../src/chat/steps/summaries/prompt";
import { BUILT_IN_TAXONOMY } from "../../../src/chat/steps/summaries/taxonomy";
import { DEFAULT_SUMMARISE } from "../../../src/io/bedrock/settings";
import { HelpWanted, readOptions } from "../../../src/options";
import { OPTION_GROUPS } from "../../../src/options/table";
import { environmentName, flagName } from "../../../src/options/spec";
import { amendSettings } from "../../../src/pipeline";
import { RETAIL } from "../../support/chat/retail";
import { sessionPart } from "../../support/chat/session-parts";

const BARE = { intents: [{ name: "other" }], categories: [], sensitiveKinds: [{ name: "other" }] };
const NOW_MS = Date.UTC(2026, 5, 1);

function read(argv: string, environment: Record<string, string> = {}) {
  return readOptions(argv === "" ? [] : argv.split(" "), environment, NOW_MS);
}

function settings(argv: string, environment: Record<string, string> = {}) {
  return read(argv, environment).pipelineSettings({ opensearch: "http://127.0.0.1:1" }, NOW_MS);
}

/** Returns the sentence that refuses these options. */
function refusal(argv: string, environment: Record<string, string> = {}): string {
  try {
    read(argv, environment);
  } catch (error) {
    assert.ok(error instanceof BeamError, String(error));
    assert.equal(error.code, "BAD_OPTION");
    return error.message;
  }
  return assert.fail(`not refused: ${argv}`);
}

const REAL = "--no-local --stream chat --opensearch-endpoint https://search.example.com";

describe("options", () => {
  it("embed all three services without any option, and read the sample from its start", () => {
    const options = read("");
    assert.deepEqual(options.embedded, { kinesis: true, bedrock: true, opensearch: true, receiver: true });
    assert.deepEqual(options.endpoints, {});
    const { kinesis, sessions, openSearch } = settings("");
    assert.deepEqual(kinesis.start, { kind: "trimHorizon" });
    assert.equal(kinesis.untilMs, undefined);
    assert.equal(sessions.gapMs, 300_000);
    assert.equal(openSearch.dimension, 1_536);
    assert.equal(openSearch.deadLetterIndex, "chat-sessions-dead-letters");
  });

  it("serve a page beside a job that runs on with its own OpenSearch, and otherwise when it is asked for", () => {
    assert.deepEqual(read("").page, { port: undefined });
    assert.deepEqual(read("--once --page").page, { port: undefined });
    assert.deepEqual(read(`${REAL} --page-port 5000`).page, { port: 5_000 });
    for (const argv of ["--once", "--until tip", "--json", "--no-progress", "--no-page", REAL]) {
      assert.equal(read(argv).page, undefined, argv);
    }
    assert.match(refusal("--no-page --page-port 5000"), /--no-page contradicts --page-port/);
  });

  it("let each real endpoint take the place of its own embedded service only", () => {
    assert.deepEqual(read("--kinesis-endpoint http://127.0.0.1:1 --stream s").embedded, {
      kinesis: false,
      bedrock: true,
      opensearch: true,
      receiver: true,
    });
    assert.deepEqual(read("--bedrock-endpoint aws").embedded, {
      kinesis: true,
      bedrock: false,
      opensearch: true,
      receiver: true,
    });
    assert.deepEqual(read("", { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://127.0.0.1:2" }).endpoints, {
      bedrock: "http://127.0.0.1:2",
    });
  });

  it("use the region's own endpoints with --no-local, and begin at LATEST as it was at the start", () => {
    const options = read(`${REAL} --region eu-west-1 --auth sigv4`);
    assert.deepEqual(options.embedded, { kinesis: false, bedrock: false, opensearch: false, receiver: false });
    const { kinesis, summarise, openSearch } = options.pipelineSettings({}, NOW_MS);
    assert.deepEqual(kinesis.connection, { region: "eu-west-1" });
    assert.deepEqual(kinesis.start, { kind: "latest", resolvedAtMs: NOW_MS });
    assert.equal(summarise.bedrock.endpoint, undefined);
    assert.equal(openSearch.connection.endpoint, "https://search.example.com");
    assert.deepEqual(openSearch.connection.auth, { kind: "sigv4", region: "eu-west-1" });
  });

  it("give the addresses of embedded services to the pipeline, without losing a real one", () => {
    const { kinesis, summarise } = read("--bedrock-endpoint http://127.0.0.1:9").pipelineSettings(
      { kinesis: "http://127.0.0.1:8", opensearch: "http://127.0.0.1:7" },
      NOW_MS,
    );
    assert.equal(kinesis.connection.endpoint, "http://127.0.0.1:8");
    assert.equal(summarise.bedrock.endpoint, "http://127.0.0.1:9");
  });

  it("make --once a bounded read of all that is there", () => {
    const { kinesis } = settings(`${REAL} --once`);
    assert.deepEqual(kinesis.start, { kind: "trimHorizon" });
    assert.equal(kinesis.untilMs, NOW_MS);
  });

  it("end what a bundle waits for only where Flink has a checkpoint to run it again from", () => {
    const limits = (flags: string): unknown[] => {
      const { kinesis, summarise, embed, openSearch } = settings(flags);
      return [kinesis, summarise.bedrock, embed.bedrock, openSearch.bulk].map((own) => own.maxRetryDurationMs);
    };
    assert.deepEqual(limits(""), Array(4).fill(undefined));
    assert.deepEqual(limits("--runner flink --once"), Array(4).fill(undefined));
    assert.deepEqual(limits("--runner flink"), Array(4).fill(120_000));
    assert.deepEqual(limits("--runner flink --checkpoint-timeout 20m --max-retry-time 4m"), Array(4).fill(240_000));
  });

  it("take times, durations and sizes in the units that people write", () => {
    const given = settings(
      "--start-time 2026-01-31T12:00:00Z --until 1780000000000 --session-gap 90s --max-message-bytes 512KiB",
    );
    assert.deepEqual(given.kinesis.start, { kind: "timestamp", atMs: Date.UTC(2026, 0, 31, 12) });
    assert.equal(given.kinesis.untilMs, 1_780_000_000_000);
    assert.equal(given.sessions.gapMs, 90_000);
    assert.equal(given.kinesis.gapMs, 90_000);
    assert.equal(given.messages.maxMessageBytes, 524_288);
  });

  it("take a flag before its variable, the project's variable before AWS's, and that before the default", () => {
    const both = { CHAT_SESSIONS_REGION: "eu-west-1", AWS_REGION: "eu-west-2" };
    assert.equal(read("--region eu-west-3", both).region, "eu-west-3");
    assert.equal(read("", both).region, "eu-west-1");
    assert.equal(read("", { AWS_REGION: "eu-west-2" }).region, "eu-west-2");
    assert.equal(read("").region, "us-east-1");
    assert.equal(read("--sample", { CHAT_SESSIONS_SAMPLE: "off" }).local.sample, true);
    assert.equal(read("", { CHAT_SESSIONS_SAMPLE: "off" }).local.sample, false);
  });

  it("leave the password in the environment: settings travel with the pipeline", () => {
    const { connection } = settings("--opensearch-endpoint https://x.example.com --auth basic --username ann", {
      CHAT_SESSIONS_PASSWORD: "secret",
    }).openSearch;
    assert.deepEqual(connection.auth, { kind: "basic", username: "ann" });
    assert.doesNotThrow(() =>
      read("--opensearch-endpoint http://localhost:9200 --auth basic --username ann", { CHAT_SESSIONS_PASSWORD: "s" }),
    );
    assert.match(refusal("--password secret"), /Unknown option '--password'/);
  });

  it("carry the labels of --taxonomy themselves, wherever the pipeline runs, and the built-in ones without it", () => {
    assert.equal(settings("").summarise.taxonomy, BUILT_IN_TAXONOMY);
    assert.deepEqual(settings("--taxonomy docs/examples/retail.json").summarise.taxonomy, RETAIL);
    assert.deepEqual(settings("", { CHAT_SESSIONS_TAXONOMY: JSON.stringify(RETAIL) }).summarise.taxonomy, RETAIL);
  });

  it("name other answers with other labels, and those of the built-in ones as ever", () => {
    const hashOf = (argv: string): string => {
      const { answering } = amendSettings(settings(argv));
      return contentHash(sessionPart(["Where is my parcel?"]), answering);
    };
    const { model, of } = settings("").embed;
    const asked = JSON.stringify([PROMPT_VERSION, DEFAULT_SUMMARISE.model, "tool", "chat", model, of]);
    assert.equal(hashOf(""), contentHash(sessionPart(["Where is my parcel?"]), asked));
    const hashes = ["", "--taxonomy docs/examples/retail.json", `--taxonomy ${JSON.stringify(BARE)}`].map(hashOf);
    assert.equal(new Set(hashes).size, 3);
  });

  it("name the password's variable for workers only when there is a password", () => {
    const basic = "--opensearch-endpoint https://x.example.com --auth basic --username ann";
    assert.deepEqual(read(basic, { CHAT_SESSIONS_PASSWORD: "s" }).workerVariables, ["CHAT_SESSIONS_PASSWORD"]);
    assert.deepEqual(read("", { CHAT_SESSIONS_PASSWORD: "s" }).workerVariables, []);
  });

  it("are refused without the password that an address holds", () => {
    const sentence = refusal("--opensearch-endpoint https://user:secret@search.example.com");
    assert.match(sentence, /not "https:\/\/…@search\.example\.com"\.$/);
  });

  it("explain every option, by flag and variable, grouped", () => {
    assert.throws(
      () => read("--help"),
      (error: unknown) => {
        assert.ok(error instanceof HelpWanted);
        for (const [group, table] of Object.entries(OPTION_GROUPS)) {
          assert.ok(error.help.includes(`${group}:`), group);
          for (const key of Object.keys(table)) {
            assert.match(error.help, new RegExp(`--(no-)?${flagName(key)}\\b`));
            assert.ok(error.help.replace(/\s+/g, " ").includes(environmentName(key)), key);
          }
        }
        assert.ok(error.help.indexOf("Show this help") > error.help.indexOf("--local-bedrock-latency"), "last");
        return true;
      },
    );
  });
});

describe("wrong options", () => {
  const cases: readonly (readonly [options: string, expected: RegExp, environment?: Record<string, string>])[] = [
    ["--stram x", /did you mean --stream\?/],
    ["--no-lcal", /did you mean --no-local\?/],
    ["extra", /Unexpected argument "extra"/],
    ["--stream", /argument missing/],
    ["--session-gap 5x", /^--session-gap must be a duration from 1ms to 7d/],
    ["--session-gap 8d", /^--session-gap must be/],
    ["--shards 0", /^--shards must be a whole number from 1 to 100/],
    ["--shards 1.5", /^--shards must be a whole number/],
    ["", /^CHAT_SESSIONS_SHARDS must be a whole number/, { CHAT_SESSIONS_SHARDS: "many" }],
    ["--kinesis-endpoint ftp://x --stream s", /^--kinesis-endpoint must be/],
    [
      "--opensearch-endpoint https://user:pw@x",
      /^--opensearch-endpoint must be an address without user and password \(--auth basic takes them from --username and CHAT_SESSIONS_PASSWORD\), not "https:\/\/…@x"\.$/,
    ],
    ["--opensearch-endpoint https://:pw@x", /^--opensearch-endpoint must be .* not "https:\/\/…@x"\.$/],
    ["--opensearch-endpoint https://user:p/w@x", /^--opensearch-endpoint must be .* not "https:\/\/…@x"\.$/],
    [
      "--kinesis-endpoint https://a:b@x --stream s",
      /^--kinesis-endpoint must be .* \(credentials come from AWS_PROFILE/,
    ],
    [
      "",
      /^AWS_ENDPOINT_URL_BEDROCK_RUNTIME must be .*AWS_PROFILE/,
      { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://a:b@x" },
    ],
    ["--runner flink --flink-master http://a:b@h:8081", /^--flink-master must be .* REST service has no users/],
    ["--index Chat", /^--index must be a lower-case index name/],
    ["--user-field a..b", /^--user-field must be a field name or a dotted path/],
    ["--start-time yesterday", /^--start-time must be a time/],
    ["--runner msf", /--runner must be one of direct, flink/],
    ["--parallelism 2", /--parallelism is only of use with --runner flink/],
    ["--runner flink --parallelism 0", /--parallelism must be a whole number from 1 to 64/],
    ["--runner flink --until 2999-01-01T00:00:00Z", /--until must not lie in the future/],
    ["--runner flink --max-retry-time 3m", /at most a fifth of --checkpoint-timeout/],
    ["--runner flink --request-timeout 2m", /at most a tenth of --checkpoint-timeout/],
    ["--max-retry-time 1m", /--max-retry-time is only of use with --runner flink/],
    ["--flink-master http://h:8081", /--flink-master is only of use with --runner flink/],
    ["--runner flink --detach", /--detach is only of use with --flink-master/],
    ["--runner flink --cluster-node n", /--cluster-node is only of use with --flink-master/],
    ["--runner flink --flink-master flink", /--flink-master must be an address such as/],
    ["--runner flink --flink-master http://h:8081", /on other machines cannot reach services that are embedded/],
    ["--runner flink --flink-master http://127.0.0.1:8081 --detach", /leave the job without its services/],
    ["--runner flink --from-savepoint here", /--from-savepoint must be an absolute path, or an address/],
    ["--runner flink --allow-non-restored-state", /is only of use with --from-savepoint/],
    ["--runner flink --from-savepoint /s --once", /^--once contradicts --from-savepoint, whose source goes on without/],
    ["--runner flink --from-savepoint /s --until tip", /^--until contradicts --from-savepoint/],
    ["--runner flink --state-backend disk", /--state-backend must be one of hashmap, rocksdb/],
    ["--runner flink --shuffle", /--shuffle is only of use with --runner direct/],
    ["--no-local --stream s", /needs --opensearch-endpoint/],
    ["--no-local --opensearch-endpoint https://x.example.com", /needs --stream/],
    [
      "",
      /npm kept --once for itself.*"npm start -- --once"/,
      { npm_lifecycle_event: "start", npm_config_once: "true" },
    ],
    ["", /npm kept --sample for itself/, { npm_lifecycle_event: "start", npm_config_sample: "" }],
    [`${REAL} --bedrock-endpoint local`, /--no-local contradicts/],
    [`${REAL} --shards 2`, /--shards is only of use with the embedded Kinesis/],
    ["--bedrock-endpoint aws --local-bedrock-latency 1s", /only of use with the embedded Bedrock/],
    ["--start-position AT_TIMESTAMP", /needs --start-time/],
    ["--start-position LATEST --start-time 2026-01-01T00:00:00Z", /--start-time contradicts --start-position LATEST/],
    ["--start-position LATEST --once", /LATEST begins now/],
    ["--start-position LATEST --until 2026-01-01T00:00:00Z", /LATEST begins now/],
    ["--once --until 2027-01-01T00:00:00Z", /leave one of them out/],
    ["--start-time 2026-01-02T00:00:00Z --until 2026-01-01T00:00:00Z", /--until must lie after/],
    ["--start-time 2026-06-01T00:00:01Z", /must not lie in the future/],
    ["--max-open-session 1m", /must not be shorter than --session-gap/],
    ["--index a --dead-letter-index a", /must not be the same/],
    ["--auth sigv4", /needs a real --opensearch-endpoint/],
    ["--opensearch-endpoint https://x.example.com --auth basic --username ann", /CHAT_SESSIONS_PASSWORD/],
    [
      "--opensearch-endpoint http://x.example.com --auth basic --username ann",
      /^--auth basic would send the password unencrypted: give --opensearch-endpoint an https address\.$/,
      { CHAT_SESSIONS_PASSWORD: "s3cret" },
    ],
    ["--username ann", /only of use with --auth basic/],
    ["--knn-engine faiss", /no k-NN engine but lucene/],
    ["--embedding-dimensions 512", /always has 1536 dimensions/],
    ["--embedding-model amazon.titan-embed-text-v2:0 --embedding-dimensions 300", /256, 512 or 1024/],
    ["--summary-language klingonese", /no language tag/],
    ["--summary-api invoke --summary-model amazon.nova-lite-v1:0", /Claude models only/],
    ["--taxonomy no/such.json", /^--taxonomy no\/such\.json: there is no such file; give a JSON file of labels/],
    ["--taxonomy .", /^--taxonomy \.: it cannot be read \(EISDIR\); give a JSON file/],
    ["--taxonomy package.json", /^--taxonomy package\.json is wrong: intents must be a list\.$/],
    ["--taxonomy README.md", /^--taxonomy README\.md is no JSON \(line 1, character 1\): mend that/],
    ['--taxonomy {"intents":[]}', /^--taxonomy is wrong: intents is empty: fill it/],
  ];
  for (const [options, expected, environment] of cases) {
    it(`are refused in one sentence: ${options || JSON.stringify(environment)}`, () => {
      const sentence = refusal(options, environment);
      assert.match(sentence, expected);
      assert.ok(!sentence.includes("\n"), "one line");
      assert.match(sentence, /[.?]$/);
    });
  }
});
