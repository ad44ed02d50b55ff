/** The doctor on real services: on sound ones, and on each that is ill. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "@opensearch-project/opensearch";
import { doctor } from "../../../src/cli/doctor/run";
import { type FaultProxy, startFaultProxy } from "../../support/faults/fault-proxy";
import { putRaw } from "../../support/kinesis/producer";
import { startServices, type TestServices } from "../../support/services";

const STREAM = "doctored";
const SECRET = "my card is 4111";

describe("npm run doctor", function () {
  this.timeout(120_000);
  let services: TestServices;
  let proxies: Record<"kinesis" | "bedrock" | "opensearch", FaultProxy>;
  let folder: string;

  before(async () => {
    services = await startServices();
    folder = await mkdtemp(path.join(tmpdir(), "doctor-"));
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
    await rm(folder, { recursive: true, force: true });
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
    assert.match(text, /\n4 of 13 looks found trouble\.\n$/);
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
});
