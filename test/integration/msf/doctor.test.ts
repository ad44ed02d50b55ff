/** `npm run msf -- doctor` on a deployment that is well, and on each kind of trouble. */
import { CreateStreamCommand, DeleteStreamCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type Answer, changes, type Msf, withMsf } from "../../support/aws/msf";
import { makeVpc } from "../../support/aws/network";

const NEARLY_FULL = '[INDEX_MISFIT] Index "chat-sessions" does not fit the documents: give another index.';

describe("npm run msf -- doctor", function () {
  this.timeout(60_000);
  const name = "chat-sessions";
  let m: Msf;
  withMsf((started) => (m = started));
  const doctor = (...argv: string[]): Promise<Answer> => m.run("doctor", ...argv);
  const textOf = ({ written }: Answer): string => written.join("\n");
  const lineOf = (answer: Answer, look: string): string =>
    textOf(answer)
      .split("\n")
      .reduce((found, line, at, all) => (line.includes(`  ${look}`) ? `${line}\n${all[at + 1] ?? ""}` : found), "");

  before(async () => {
    // No name server knows the domain's address, which stands for one in a VPC.
    const own = ["--opensearch-endpoint", "https://search.invalid", "--domain", "mine"];
    const { refusal } = await m.run("deploy", "--stream", "chat", "--jar", m.jars.one, ...own);
    assert.equal(refusal, undefined);
  });
  afterEach(async () => m.aws.tell({ denied: {} }));

  it("finds what is well, changes nothing, and skips what cannot be looked at from here", async () => {
    const answer = await doctor();
    assert.deepEqual(changes(answer), []);
    const text = textOf(answer);
    for (const line of [
      /^ok +kinesisanalytics:DescribeApplication: RUNNING, version 1 on FLINK-1_20, parallelism 2$/m,
      /^ok +kinesisanalytics:ListApplicationSnapshots: none/m,
      /^ok +logs:FilterLogEvents: none since the last start; Flink restarted the job 0 times/m,
      /^ok +cloudwatch:GetMetricStatistics: it is 0 ms behind the stream$/m,
      /^ok +worker processes: they do: one has read from the stream$/m,
      /^ok +memory of Java, RocksDB and Node\.js: the fullest container is at 55 %$/m,
      /^ok +time of a start, main\(\) included: the last one took 83 s$/m,
      /^ok +iam:SimulatePrincipalPolicy: the role has all \d+ rights$/m,
      /^ok +kinesis:DescribeStreamSummary: ACTIVE, \d+ open shards, records kept for 24 h$/m,
      /^ok +bedrock:GetFoundationModelAvailability amazon\.titan-embed-text-v1: it may/m,
      /^skipped +opensearch: GET \/, GET _mapping: it cannot be reached from here/m,
      /^ok +clock beside Kinesis's: /m,
      /^ok +servicequotas:ListServiceQuotas kinesisanalytics: 64 KPUs in all$/m,
    ]) {
      assert.match(text, line);
    }
  });

  it("ends as a failure when a quota is nothing, and says whom to ask", async () => {
    const answer = await doctor();
    assert.match(answer.refusal?.message ?? "", /is not well: each line with WRONG/);
    const line = lineOf(answer, "servicequotas:ListServiceQuotas bedrock");
    assert.match(line, /^WRONG .*: Cross-region .*: 1000000; Model .* per day .*: 0; On-demand .* Embeddings: 2000/);
    assert.match(line, /→ Ask for more under "Service Quotas" .*: Model invocation max tokens per day .* is 0\./);
    assert.doesNotMatch(line, /V2|Claude 3 Haiku/);
  });

  it("names the rights that the role lacks, and who takes them", async () => {
    const look = "iam:SimulatePrincipalPolicy";
    for (const [by, cure] of [
      ["policy", /Somebody changed the role's policy: allow it there again \(kinesis:GetRecords\)/],
      ["boundary", /administrator allow it in the policy beam-chat-sessions-boundary/],
      ["organization", /organization's policy allow it/],
    ] as const) {
      await m.aws.tell({ denied: { "kinesis:GetRecords": by } });
      const line = lineOf(await doctor(), look);
      assert.match(line, /^WRONG .*it lacks kinesis:GetRecords/);
      assert.match(line, cure);
    }
    await m.aws.tell({ refuse: "SimulatePrincipalPolicy", words: "NO_RIGHT" });
    assert.match(lineOf(await doctor(), look), /^skipped .*these credentials may not look/);
  });

  it("tells the job's own sentence, and of metrics that do not come", async () => {
    const log = [{ timestamp: Date.now(), message: JSON.stringify({ messageType: "ERROR", message: NEARLY_FULL }) }];
    await m.aws.tell({ application: name, restarts: true, log });
    const answer = await doctor();
    assert.match(lineOf(answer, "logs:"), /^WRONG .*INDEX_MISFIT at .*\n.*→ Index "chat-sessions" does not fit/);
    assert.match(lineOf(answer, "cloudwatch:"), /^WRONG .*no metric of the job's own for 15 minutes.*\n.*→ .*logs/);
    await m.done("stop", "--force");
    const stopped = await doctor();
    assert.match(
      lineOf(stopped, "kinesisanalytics:DescribeApplication"),
      /^WRONG .*READY.*\n.*→ npm run msf -- deploy/,
    );
    assert.match(lineOf(stopped, "cloudwatch:"), /^skipped .*no job runs/);
    await m.aws.tell({ application: name, status: "MAINTENANCE" });
    assert.match(lineOf(await doctor(), "kinesisanalytics:DescribeApplication"), /MAINTENANCE.*\n.*→ Wait/);
    await m.aws.tell({ application: name, status: "READY" });
    await m.done("deploy", "--jar", m.jars.one);
  });

  it("tells of a job that reaches nothing, and of one that starts again and again, though both are RUNNING", async () => {
    await m.run("update", "--jar", m.jars.unreachable);
    const unreachable = await doctor();
    assert.match(lineOf(unreachable, "kinesisanalytics:DescribeApplication"), /^ok .*RUNNING/);
    assert.match(lineOf(unreachable, "logs:"), /^WRONG .*2 services did not answer.*\n.*→ Kinesis does not answer/);
    await m.run("update", "--jar", m.jars.restarting);
    assert.match(lineOf(await doctor(), "logs:"), /^WRONG .*restarted the job 2 times.*\n.*→ .*logs/);
    await m.done("update", "--force", "--jar", m.jars.one);
  });

  it("names a stream that is gone", async () => {
    const streams = new KinesisClient({ requestHandler: new NodeHttpHandler() });
    await streams.send(new DeleteStreamCommand({ StreamName: "chat" }));
    assert.match(
      lineOf(await doctor(), "kinesis:"),
      /^WRONG .*it is gone.*\n.*→ Make the stream chat again.* --without-snapshot/,
    );
    await streams.send(new CreateStreamCommand({ StreamName: "chat", ShardCount: 1 }));
    streams.destroy();
  });

  it("looks for ways out of a VPC, where there is one", async () => {
    const vpc = await makeVpc();
    await m.done("update", ...vpc.options, "--jar", m.jars.one);
    assert.match(
      lineOf(await doctor(), "ec2:"),
      /^WRONG .*not all are there.*\n.*com\.amazonaws\.us-east-1\.kinesis-str/,
    );
    assert.match(lineOf(await doctor(), "kinesisanalytics:ListApplicationSnapshots"), /^ok .*\d, the newest 0 h old/);
    await vpc.addNat();
    assert.match(lineOf(await doctor(), "ec2:"), /^ok .*no way is missing/);
  });

  it("writes a report without account numbers, addresses and names, for its user alone", async () => {
    const file = path.join(m.aws.folder, "report.json");
    await doctor("--report", file);
    const report = readFileSync(file, "utf8");
    assert.doesNotMatch(report, /123456789012|search\.invalid|chat-sessions/);
    assert.match(report, /"name": "iam:SimulatePrincipalPolicy"/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("finds nothing where nothing is deployed", async () => {
    assert.match((await doctor("--name", "other")).refusal?.message ?? "", /Nothing is deployed as other/);
  });
});
