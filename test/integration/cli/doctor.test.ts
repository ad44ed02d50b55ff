/** The doctor on real services: on sound ones, and on each that is ill. */
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { GetShardIteratorCommand } from "@aws-sdk/client-kinesis";
import { Client } from "@opensearch-project/opensearch";
import { doctor } from "../../../src/cli/doctor/run";
import { openSearchClient } from "../../../src/io/opensearch/requests/client";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { openSearchSettings } from "../../../src/io/opensearch/settings";
import { kinesisThrottled } from "../../support/faults/answers";
import { type FaultProxy, startFaultProxy } from "../../support/faults/fault-proxy";
import { splitShard } from "../../support/kinesis/reshard";
import { startKinesis } from "../../support/kinesis/server";
import { putRaw } from "../../support/kinesis/producer";
import { startServices, type TestServices } from "../../support/services";
import { examinesClocks } from "./doctor-clocks";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

const STREAM = "doctored";
const V1_DIMENSION = 1_536;
const SECRET = "my card is 4111";

describe("npm run doctor", function () {
  this.timeout(120_000);
  let services: TestServices;
  let proxies: Record<"kinesis" | "bedrock" | "opensearch", FaultProxy>;
  let folder: string;

  before(async () => {
    services = await startServices();
    folder = makeFolder("doctor");
    proxies = {
      kinesis: await startFaultProxy(services.kinesis.url),
      bedrock: await startFaultProxy(services.bedrock.url),
      opensearch: await startFaultProxy(services.openSearch.url()),
    };
    await services.kinesis.createStream(STREAM, 2);
  });
  after(async () => {
    for (const proxy of Object.values(proxies ?? {})) await proxy.close();
    await services?.stop();
    await removeFolder(folder);
  });
  afterEach(() => {
    for (const proxy of Object.values(proxies)) proxy.setRule(undefined);
  });

  const examine = (...flags: string[]) => {
    const endpoints = Object.entries(proxies).flatMap(([name, { url }]) => [`--${name}-endpoint`, url]);
    return doctor(["--stream", STREAM, "--index", STREAM, ...endpoints, ...flags], {}, () => undefined);
  };

  async function indexes(): Promise<readonly string[]> {
    const client = new Client({ node: services.openSearch.url() });
    const { body } = await client.cat.indices({ format: "json" });
    await client.close();
    return body.flatMap(({ index }) => index ?? []);
  }

  it("finds sound services sound, says so of an empty stream, too, and leaves nothing behind", async () => {
    const { text, exitCode } = await examine();
    assert.equal(exitCode, 0, text);
    assert.match(text, /^ok +kinesis:GetRecords: no record: nothing has been sent yet/m);
    assert.match(text, /\nAll is well: the job can run\.\n$/);
    assert.deepEqual(
      (await indexes()).filter((name) => name.startsWith(STREAM)),
      [],
    );
  });

  it("writes a report without the record's text, the account and the addresses, for its user alone", async () => {
    const data = Buffer.from(JSON.stringify({ from: "ann", body: SECRET }));
    await putRaw(services.kinesis.client, STREAM, [{ partitionKey: "a", data }]);
    const file = path.join(folder, "report.json");
    const { text, exitCode } = await examine("--report", file);
    assert.equal(exitCode, 1);
    assert.match(
      text,
      /WRONG +kinesis:GetRecords: a record that would be a dead letter: NO_USER .*\n.*→ .*--user-field/,
    );
    const report = await readFile(file, "utf8");
    assert.doesNotMatch(report + text, /4111|"ann"/);
    assert.doesNotMatch(report, /127\.0\.0\.1|doctored/);
    assert.match(report, /"MillisBehindLatest": "number"/);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const { text: mended } = await examine("--user-field", "from", "--content-field", "body");
    assert.match(mended, /ok +kinesis:GetRecords: a message with a user, a text and a time/);
  });

  it("names what is missing or refused, with the cure, and goes on with the rest", async () => {
    const denied = { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": "AccessDeniedException" };
    proxies.bedrock.setRule({
      matches: ({ path: requested }) => requested.includes("titan"),
      fraction: 1,
      faults: [{ kind: "answer", status: 403, headers: denied, body: '{"message":"no"}' }],
    });
    proxies.opensearch.setRule({
      matches: ({ path: requested }) => requested.includes("_bulk"),
      fraction: 1,
      faults: [{ kind: "answer", status: 403, headers: {}, body: "{}" }],
    });
    const { text, exitCode } = await examine("--stream", "nowhere");
    assert.equal(exitCode, 1);
    assert.match(text, /WRONG +kinesis:DescribeStream: STREAM_NOT_FOUND .*\n.*→ .*"nowhere" does not exist/);
    assert.match(text, /skipped +kinesis:GetRecords: no shard to read/);
    assert.match(text, /ok +bedrock:InvokeModel \(Converse\)/);
    assert.match(text, /WRONG +bedrock:InvokeModel amazon\.titan[^\n]+: ACCESS_DENIED/);
    assert.match(text, /WRONG +opensearch: write by _bulk: ACCESS_DENIED/);
    assert.match(text, /skipped +opensearch: search by vector/);
    assert.match(text, /ok +opensearch: delete doctored-doctor-\w+: nothing is/);
    // None of the job's indexes can be asked, either.
    assert.match(text, /\n4 of 21 looks found trouble\.\n$/);
    assert.deepEqual(
      (await indexes()).filter((name) => name.startsWith(STREAM)),
      [],
    );
  });

  it("makes the scratch index as the job would: with ICU's analysis where the cluster says that it has it", async () => {
    const plugins = [{ component: "opensearch-knn" }, { component: "analysis-icu" }];
    proxies.opensearch.setRule({
      matches: ({ path: requested }) => requested.includes("_cat/plugins"),
      fraction: 1,
      faults: [{ kind: "answer", status: 200, headers: {}, body: JSON.stringify(plugins) }],
    });
    const { text } = await examine();
    assert.match(text, /ok +opensearch: GET \/: opensearch [\d.]+, with analysis-icu/);
    // The cluster behind it has none, and so refuses the tokenizer.
    assert.match(text, /WRONG +opensearch: create doctored-doctor-\w+: INDEX_UNSUPPORTED/);
  });

  it("names a cluster that does not answer", async () => {
    proxies.opensearch.setRule({ fraction: 1, faults: [{ kind: "drop" }] });
    const { text, exitCode } = await examine();
    assert.equal(exitCode, 1);
    assert.match(text, /WRONG +opensearch: GET \/: SERVICE_UNREACHABLE .*\n.*→ OpenSearch at \S+ does not answer/);
  });

  it("looks at the job's own indexes as its start does, and changes nothing there", async () => {
    const index = "examined";
    const url = services.openSearch.url();
    const own = openSearchSettings({
      connection: { endpoint: url },
      index,
      dimension: V1_DIMENSION,
      embeddingModel: "amazon.titan-embed-text-v1",
      stream: STREAM,
    });
    const client = openSearchClient(own.connection);
    const state = async (): Promise<unknown> => {
      const mapping = await client.request({ method: "GET", path: `/${index}*/_mapping` });
      const stats = await client.request({ method: "GET", path: `/${index}*/_stats/docs` });
      return [mapping.body, (stats.body as { _all: unknown })._all];
    };
    try {
      assert.match(
        (await examine("--index", index)).text,
        /ok +opensearch: index examined: there is none, and the job/,
      );
      await prepareOpenSearch(own);
      const before = await state();
      const { text, exitCode } = await examine("--index", index, "--user-field", "from", "--content-field", "body");
      assert.equal(exitCode, 0, text);
      assert.match(text, /ok +opensearch: index examined: the job's own index, that takes documents, and finds them/);
      for (const other of ["dead-letters", "ledger"])
        assert.match(text, new RegExp(`ok +opensearch: index examined-${other}: the job's own index, that takes`));
      assert.deepEqual(await state(), before);
      const block = { "index.blocks.write": true };
      await client.request({ method: "PUT", path: `/${index}-ledger/_settings`, json: block });
      const blocked = await examine("--index", index);
      assert.match(
        blocked.text,
        /WRONG +opensearch: index examined-ledger: INDEX_MISFIT .*\n.*→ .*blocked for writing/,
      );
      await client.request({
        method: "PUT",
        path: "/elsewhere",
        json: { mappings: { properties: { userId: { type: "long" } } } },
      });
      const misfit = await examine("--index", "elsewhere");
      assert.match(
        misfit.text,
        /WRONG +opensearch: index elsewhere: INDEX_MISFIT .*\n.*→ .*does not fit the documents/,
      );
    } finally {
      await client.request({ method: "DELETE", path: `/${index},${index}-dead-letters,${index}-ledger,elsewhere` });
      await client.close();
    }
  });

  it("says of throttling that it is temporary", async () => {
    const matches = ({ operation }: { operation: string }): boolean => operation === "GetRecords";
    proxies.kinesis.setRule({ matches, fraction: 1, faults: [kinesisThrottled] });
    const { text } = await examine();
    assert.match(
      text,
      /WRONG +kinesis:GetRecords: SERVICE_UNREACHABLE .*\n.*→ Kinesis throttles GetRecords .* temporary/,
    );
  });

  it("reads on behind answers without a record, which Kinesis gives while it searches", async () => {
    const { client } = services.kinesis;
    await services.kinesis.createStream("sparse", 1);
    await putRaw(client, "sparse", [{ partitionKey: "a", data: Buffer.from('{"userId":"ann","content":"hi"}') }]);
    const first = { StreamName: "sparse", ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" } as const;
    const { ShardIterator: NextShardIterator } = await client.send(new GetShardIteratorCommand(first));
    let empty = 3;
    proxies.kinesis.setRule({
      matches: ({ operation }) => operation === "GetRecords" && empty-- > 0,
      fraction: 1,
      faults: [
        {
          kind: "answer",
          status: 200,
          headers: { "content-type": "application/x-amz-json-1.1" },
          body: JSON.stringify({ Records: [], NextShardIterator, MillisBehindLatest: 60_000 }),
        },
      ],
    });
    const { text } = await examine("--stream", "sparse");
    assert.match(text, /ok +kinesis:GetRecords: a message with a user, a text and a time\n.*MillisBehindLatest number/);
    assert.ok(empty < 0, "no empty answer came");
  });

  it("reads the end of a closed shard, with its children where the service names them", async () => {
    const kinesis = await startKinesis("kinesis-local");
    try {
      await kinesis.createStream("split", 1);
      await splitShard(kinesis, "split");
      const { text } = await examine("--stream", "split", "--kinesis-endpoint", kinesis.url);
      assert.match(text, /ok +kinesis: end of a closed shard: an end with ChildShards\n.*NextShardIterator absent/);
    } finally {
      await kinesis.stop();
    }
  });

  it("says the shapes of answers, versions and stop reasons, each beside what was expected", async () => {
    const { text } = await examine();
    assert.match(
      text,
      /expected: a complete, structured answer, outcome complete, stopReason tool_use, inputTokens \d+/,
    );
    assert.match(text, /expected: OpenSearch 2 or newer, version \d+\.\d+\.\d+, icu false/);
    assert.match(text, /expected: an active stream, status ACTIVE, retentionHours 24/);
    assert.match(text, /skipped +servicequotas:ListServiceQuotas bedrock: this Bedrock is not AWS's/);
  });

  examinesClocks(() => services);
});
