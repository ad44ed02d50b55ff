/** The whole life of a deployment with `npm run msf`, from the first deploy to its removal. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { AwsRequest } from "../../support/aws/stand-in";
import { changes, type Msf, withMsf } from "../../support/aws/msf";
import { RETAIL, RETAIL_FILE } from "../../support/chat/retail";
import { ALWAYS_ALLOWED, ROOT } from "../../support/aws/sdk-actions";

const SUMMARY_MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

describe("npm run msf", function () {
  this.timeout(60_000);
  let m: Msf;
  withMsf((started) => (m = started));

  const restores = (requests: readonly AwsRequest[]): unknown[] =>
    requests
      .filter(({ action }) => action === "StartApplication")
      .map(({ body }) => (body?.["RunConfiguration"] as Record<string, unknown>)["ApplicationRestoreConfiguration"]);
  /** The snapshot that the only start took its state from. */
  const snapshotOf = (requests: readonly AwsRequest[]): string => {
    const [restore, ...more] = restores(requests) as { ApplicationRestoreType: string; SnapshotName: string }[];
    assert.equal(more.length, 0);
    assert.equal(restore?.ApplicationRestoreType, "RESTORE_FROM_CUSTOM_SNAPSHOT");
    return restore.SnapshotName;
  };
  const stops = (requests: readonly AwsRequest[]): unknown[] =>
    requests.filter(({ action }) => action === "StopApplication").map(({ body }) => body?.["Force"]);

  it("plans without changing anything", async () => {
    const { written, requests } = await m.done("plan", "--stream", "chat", "--jar", m.jars.one);
    assert.match(written[0]!, /^deploy would make chat-sessions in us-east-1:$/);
    for (const resource of ["Stream", "Domain", "Role", "Application", "LagAlarm", "Dashboard"]) {
      assert.ok(
        written.some((line) => line.startsWith(`  + ${resource} (AWS::`)),
        resource,
      );
    }
    assert.ok(
      written.includes(
        `  ${SUMMARY_MODEL} may take the text of chats out of us-east-1, but not out of its geography (us: us-east-1, us-east-2, us-west-2): the default in us-east-1, because text should leave a geography only when somebody chose so; the global. profile costs a tenth less.`,
      ),
      written.join("\n"),
    );
    assert.match(written.at(-2)!, /^ +\d+ +together$/);
    assert.match(
      written.at(-1)!,
      /^ +\d+ +of it while the job is stopped, beside its snapshots \(the newest 20, 0\.023 a GB\)$/,
    );
    assert.deepEqual(changes({ requests }), []);
  });

  it("plans with the profile that was chosen, and with a key that KMS has wrapped", async () => {
    const keyArn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    const wrapped = Buffer.alloc(180, 7).toString("base64");
    const keyed = ["--redact", "card", "--redact-mask", "pseudonym", "--pseudonymise-users", "--letters", "drop"];
    const key = ["--redact-key-wrapped", wrapped, "--redact-kms-key", keyArn];
    const signing = Buffer.alloc(180, 8).toString("base64");
    const webhook = ["--alert-webhook", "https://alerts.example.com/"];
    const signed = [...webhook, "--alert-webhook-key-wrapped", signing, "--alert-webhook-kms-key", keyArn];
    const global = ["--summary-model", SUMMARY_MODEL.replace("us.", "global.")];
    const all = ["plan", "--stream", "chat", "--jar", m.jars.one, ...global, ...keyed, ...key, ...signed];
    const { written } = await m.done(...all);
    const lines = written.join("\n");
    assert.match(
      lines,
      /global\.anthropic\S+ may take the text of chats to any region of AWS: a profile of one geography/,
    );
    assert.ok(
      lines.includes(`each worker has KMS unwrap the key of the pseudonyms once, by ${keyArn} and nothing else`),
    );
    assert.ok(lines.includes(`each worker has KMS unwrap the webhook's key once, by ${keyArn} and nothing else`));
    const { written: template } = await m.done(...all, "--template");
    const { Resources } = JSON.parse(template.join("")) as { Resources: Record<string, object> };
    assert.match(JSON.stringify(Resources["Role"]), /"UnwrapRedactionKey".*"kms:Decrypt"/);
    assert.match(JSON.stringify(Resources["Role"]), /"UnwrapWebhookKey".*"kms:Decrypt"/);
    for (const text of [wrapped, signing]) assert.ok(JSON.stringify(Resources["Application"]).includes(text));
    const refused = async (...flags: readonly string[]): Promise<string> =>
      (await m.run("plan", "--stream", "chat", "--jar", m.jars.one, ...keyed, ...flags)).refusal?.message ?? "";
    assert.match(await refused(), /pseudonyms need redact-key-wrapped and redact-kms-key/);
    assert.match(await refused("--redact-key-wrapped", wrapped), /redact-key-wrapped needs redact-kms-key/);
    assert.match(await refused(...key, ...webhook), /alert-webhook needs alert-webhook-key-wrapped/);
    assert.match(await refused("--redact-key-wrapped", "no-such-file", ...key.slice(2)), /there is no such file, and/);
  });

  it("deploys: jar, stack, start; and again without doing anything", async () => {
    const { written, requests } = await m.done(
      "deploy",
      "--stream",
      "chat",
      "--session-gap",
      "3m",
      "--jar",
      m.jars.one,
    );
    assert.match(written[0]!, /^chat-sessions is RUNNING, version 1\.$/);
    assert.deepEqual(restores(requests), [{ ApplicationRestoreType: "SKIP_RESTORE_FROM_SNAPSHOT" }]);
    assert.equal(requests.filter(({ action }) => action === "CreateStack").length, 2);
    const uploads = requests.filter(({ service, action }) => service === "s3" && action.startsWith("PUT "));
    assert.deepEqual(
      uploads.map(({ action }) => path.extname(action)),
      [".jar", ".json"],
    );

    const again = await m.done("deploy", "--jar", m.jars.one);
    assert.deepEqual(changes(again), []);
  });

  it("gives the job its options as runtime properties, and only rights on the models behind a profile", async () => {
    const { written } = await m.done("status");
    const property = (name: string): string | undefined =>
      written.find((line) => line.includes(` ${name} = `))?.split(" = ")[1];
    assert.equal(property("stream"), "chat");
    assert.equal(property("session-gap"), "3m");
    assert.equal(property("auth"), "sigv4");
    assert.equal(property("opensearch-endpoint"), "https://search-chat.example.com");
    const { written: template } = await m.done("plan", "--template", "--jar", m.jars.one);
    const models = [...template.join("").matchAll(/arn:[^"]*(?:foundation-model|inference-profile)\/[^"]*/g)].map(
      ([arn]) => arn,
    );
    assert.deepEqual(models, [
      `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${SUMMARY_MODEL}`,
      ...["us-east-1", "us-east-2", "us-west-2"].map(
        (region) => `arn:aws:bedrock:${region}::foundation-model/${SUMMARY_MODEL.slice("us.".length)}`,
      ),
      "arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/amazon.titan-embed-text-v1",
    ]);
  });

  it("refuses to deploy over what is there with other settings", async () => {
    const { refusal } = await m.run("deploy", "--session-gap", "9m", "--jar", m.jars.one);
    assert.match(refusal?.message ?? "", /is deployed already, with other settings .* update changes it/);
  });

  it("updates: stops with a snapshot, changes, starts from it, and keeps what was given before", async () => {
    const { requests } = await m.done(
      "update",
      ...["--concurrency", "16", "--taxonomy", RETAIL_FILE, "--jar", m.jars.two],
    );
    assert.deepEqual(stops(requests), [false]);
    assert.match(snapshotOf(requests), /^[0-9a-f]{32}$/);
    const order = changes({ requests }).filter((action) => !action.startsWith("PUT"));
    assert.deepEqual(order, ["StopApplication", "UpdateStack", "StartApplication"]);
    const { written } = await m.done("status");
    assert.ok(
      written.some((line) => line.endsWith("session-gap = 3m")) &&
        written.some((line) => line.endsWith("concurrency = 16")) &&
        written.some((line) => line.endsWith(`taxonomy = ${JSON.stringify(RETAIL)}`)),
    );
    assert.ok(written.some((line) => /snapshots +1, the newest of/.test(line)));

    const again = await m.done("update", "--jar", m.jars.two);
    assert.deepEqual(again.said, ["There is nothing to update."]);
    assert.deepEqual(changes(again), []);
  });

  it("says in the job's own sentence why an update does not start", async () => {
    const { refusal, said } = await m.run("update", "--max-tokens", "900", "--jar", m.jars.broken);
    assert.equal(refusal?.code, "DEPLOYMENT");
    assert.match(refusal?.message ?? "", /did not start and is READY: The Kinesis stream "chat" does not exist: check/);
    assert.match(said.at(-1)!, /npm run msf -- rollback/);
    const { written } = await m.done("status");
    assert.match(written[0]!, /is READY\.$/);
    assert.ok(
      written.some((line) => /^ +failure +[\d-]+T[\d:.]+Z The Kinesis stream "chat" does not exist/.test(line)),
    );
    const { written: lines } = await m.done("logs");
    assert.ok(lines.some((line) => /ERROR The job's main program ended\.$/.test(line)));
  });

  it("rolls back to the version before, with the snapshot that it made and the options that it had", async () => {
    const { requests, said } = await m.done("rollback");
    assert.match(said[0]!, /^Going back to version 2 with its snapshot of /);
    assert.deepEqual(stops(requests), []);
    assert.match(snapshotOf(requests), /^[0-9a-f]{32}$/);
    const { written } = await m.done("status");
    assert.match(written[0]!, /is RUNNING\.$/);
    assert.ok(written.some((line) => line.endsWith("concurrency = 16")));
    assert.ok(!written.some((line) => line.includes("max-tokens")));
    // A later update begins with the running version.
    assert.deepEqual((await m.done("update", "--jar", m.jars.two)).said, ["There is nothing to update."]);
  });

  it("goes further back, by force, from a version that runs", async () => {
    const { requests, said } = await m.done("rollback");
    assert.match(said[0]!, /^Going back to version 1 /);
    assert.deepEqual(stops(requests), [true]);
    const { refusal } = await m.run("rollback", "--name", "nothing-here");
    assert.match(refusal?.message ?? "", /^Nothing is deployed as nothing-here in us-east-1/);
  });

  it("stops with a snapshot, and deploys from there", async () => {
    const { requests } = await m.done("stop");
    assert.deepEqual(stops(requests), [false]);
    assert.match((await m.done("stop")).written[0]!, /is stopped already/);
    const started = await m.done("deploy", "--jar", m.jars.one);
    assert.match(snapshotOf(started.requests), /^[0-9a-f]{32}$/);
  });

  it("asks before it destroys, and then leaves nothing", async () => {
    const refused = await m.run("destroy");
    assert.match(refused.said.at(-1)!, /removes chat-sessions, with the stream and the OpenSearch domain/);
    assert.match(refused.refusal?.message ?? "", /--yes/);
    const { written, said } = await m.done("destroy", "--yes");
    assert.equal(written.at(-1), "chat-sessions is gone.");
    assert.ok(
      said.some((line) => /^Removed 4 files /.test(line)),
      said.join("\n"),
    );
    assert.match((await m.done("destroy", "--yes")).written[0]!, /^Nothing is deployed/);
  });

  it("needs no right on the wire that the deployer's policy lacks", () => {
    const policy = readFileSync(path.join(ROOT, "runners/msf/deployer-policy.json"), "utf8");
    const onWire = new Set(
      m.aws
        .requests()
        // The boundary is an administrator's, so this request does not count.
        .filter(({ action }) => action !== "CreatePolicy")
        .filter(({ service, action }) => service !== "s3" && /^\w+$/.test(action))
        .map(({ service, action }) => `${service}:${action}`),
    );
    assert.ok(onWire.size > 12);
    for (const action of onWire)
      if (!ALWAYS_ALLOWED.includes(action)) assert.ok(policy.includes(`"${action}"`), action);
  });
});
