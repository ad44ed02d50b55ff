/** `npm run msf` against AWS as far as this machine has it: moto, with what it lacks (test/python/aws_stand_in.py). */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runMsf } from "../../runners/msf/commands";
import { type AwsRequest, type AwsStandIn, startAws } from "../support/aws";
import { PYTHON_LIMIT_MS, pythonFor } from "../support/python";
import { ROOT } from "../support/sdk-actions";

/** What restores AWS's variables after the tests. */
const BEFORE = { ...process.env };
const SUMMARY_MODEL = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

interface Answer {
  readonly written: readonly string[];
  readonly said: readonly string[];
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
  readonly requests: readonly AwsRequest[];
}

describe("npm run msf", function () {
  this.timeout(60_000);
  let aws: AwsStandIn;
  let jar = "";
  let otherJar = "";
  let brokenJar = "";

  before(async function () {
    this.timeout(PYTHON_LIMIT_MS);
    aws = await startAws(await pythonFor(this));
    Object.assign(process.env, aws.environment);
    const write = (name: string, content: string): string => {
      const file = path.join(aws.folder, name);
      writeFileSync(file, content);
      return file;
    };
    jar = write("one.jar", "the first jar");
    otherJar = write("two.jar", "the second jar");
    brokenJar = write("broken.jar", "BROKEN");
  });
  after(async () => {
    await aws?.stop();
    for (const name of Object.keys(aws?.environment ?? {})) {
      if (BEFORE[name] === undefined) delete process.env[name];
      else process.env[name] = BEFORE[name];
    }
  });

  async function msf(...argv: string[]): Promise<Answer> {
    const from = aws.requests().length;
    const written: string[] = [];
    const said: string[] = [];
    let refusal: Answer["refusal"];
    try {
      await runMsf(argv, {
        environment: aws.environment,
        say: (line) => void said.push(line),
        write: (line) => void written.push(line),
        ask: async (question) => {
          said.push(question);
          return undefined;
        },
        ended: new AbortController().signal,
        pollMs: 5,
      });
    } catch (error) {
      const { code, message, name } = error as { code: string; message: string; name: string };
      assert.equal(name, "JobError", (error as Error).stack);
      refusal = { code, message };
    }
    return { written, said, refusal, requests: aws.requests().slice(from) };
  }

  async function done(...argv: string[]): Promise<Answer> {
    const answer = await msf(...argv);
    assert.equal(answer.refusal, undefined);
    return answer;
  }

  const restores = (requests: readonly AwsRequest[]): unknown[] =>
    requests
      .filter(({ action }) => action === "StartApplication")
      .map(({ body }) => (body?.["RunConfiguration"] as Record<string, unknown>)["ApplicationRestoreConfiguration"]);
  const stops = (requests: readonly AwsRequest[]): unknown[] =>
    requests.filter(({ action }) => action === "StopApplication").map(({ body }) => body?.["Force"]);

  const CHANGING = /^(Create|Update|Delete|Start|Stop|Rollback|Put|PUT|POST \/[^/]*\/?\?delete|DELETE)/;

  it("plans without changing anything", async () => {
    const { written, requests } = await done("plan", "--stream", "chat", "--jar", jar);
    assert.match(written[0]!, /^deploy would make chat-sessions in us-east-1:$/);
    for (const resource of ["Stream", "Domain", "Role", "Application", "LagAlarm", "Dashboard"]) {
      assert.ok(
        written.some((line) => line.startsWith(`  + ${resource} (AWS::`)),
        resource,
      );
    }
    assert.match(written.at(-1)!, /^ +\d+ +together$/);
    assert.deepEqual(
      requests.filter(({ action }) => CHANGING.test(action)),
      [],
    );
  });

  it("deploys: jar, stack, start; and again without doing anything", async () => {
    const { written, requests } = await done("deploy", "--stream", "chat", "--session-gap", "3m", "--jar", jar);
    assert.match(written[0]!, /^chat-sessions is RUNNING, version 1\.$/);
    assert.deepEqual(restores(requests), [{ ApplicationRestoreType: "SKIP_RESTORE_FROM_SNAPSHOT" }]);
    assert.equal(requests.filter(({ action }) => action === "CreateStack").length, 2);
    assert.equal(requests.filter(({ service, action }) => service === "s3" && action.startsWith("PUT ")).length, 1);

    const again = await done("deploy", "--jar", jar);
    assert.deepEqual(
      again.requests.filter(({ action }) => CHANGING.test(action)),
      [],
    );
  });

  it("gives the job its options as runtime properties, and only rights on the models behind a profile", async () => {
    const { written } = await done("status");
    const property = (name: string): string | undefined =>
      written.find((line) => line.includes(` ${name} = `))?.split(" = ")[1];
    assert.equal(property("stream"), "chat");
    assert.equal(property("session-gap"), "3m");
    assert.equal(property("auth"), "sigv4");
    assert.equal(property("opensearch-endpoint"), "https://search-chat.example.com");
    const { written: template } = await done("plan", "--template", "--jar", jar);
    const models = [...template.join("").matchAll(/arn:[^"]*(?:foundation-model|inference-profile)\/[^"]*/g)].map(
      ([arn]) => arn,
    );
    assert.deepEqual(models, [
      `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${SUMMARY_MODEL}`,
      `arn:aws:bedrock:::foundation-model/${SUMMARY_MODEL.slice("global.".length)}`,
      `arn:aws:bedrock:us-east-1::foundation-model/${SUMMARY_MODEL.slice("global.".length)}`,
      "arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/amazon.titan-embed-text-v1",
    ]);
  });

  it("refuses to deploy over what is there with other settings", async () => {
    const { refusal } = await msf("deploy", "--session-gap", "9m", "--jar", jar);
    assert.match(refusal?.message ?? "", /is deployed already, with other settings .* update changes it/);
  });

  it("updates: stops with a snapshot, changes, starts from it, and keeps what was given before", async () => {
    const { requests } = await done("update", "--concurrency", "16", "--jar", otherJar);
    assert.deepEqual(stops(requests), [false]);
    assert.deepEqual(restores(requests), [{ ApplicationRestoreType: "RESTORE_FROM_LATEST_SNAPSHOT" }]);
    const order = requests
      .map(({ action }) => action)
      .filter((action) => CHANGING.test(action) && !action.startsWith("PUT"));
    assert.deepEqual(order, ["StopApplication", "UpdateStack", "StartApplication"]);
    const { written } = await done("status");
    assert.ok(
      written.some((line) => line.endsWith("session-gap = 3m")) &&
        written.some((line) => line.endsWith("concurrency = 16")),
    );
    assert.ok(written.some((line) => /snapshots +1, the newest of/.test(line)));

    const again = await done("update", "--jar", otherJar);
    assert.deepEqual(again.said, ["There is nothing to update."]);
    assert.deepEqual(
      again.requests.filter(({ action }) => CHANGING.test(action)),
      [],
    );
  });

  it("says in the job's own sentence why an update does not start", async () => {
    const { refusal, said } = await msf("update", "--max-tokens", "900", "--jar", brokenJar);
    assert.equal(refusal?.code, "DEPLOYMENT");
    assert.match(refusal?.message ?? "", /did not start and is READY: The Kinesis stream "chat" does not exist: check/);
    assert.match(said.at(-1)!, /npm run msf -- rollback/);
    const { written } = await done("status");
    assert.match(written[0]!, /is READY\.$/);
    assert.ok(written.some((line) => /^ +failure +The Kinesis stream "chat" does not exist/.test(line)));
    const { written: lines } = await done("logs");
    assert.ok(lines.some((line) => /ERROR The job's main program ended\.$/.test(line)));
  });

  it("rolls back to the version before, with the snapshot that it made and the options that it had", async () => {
    const { requests, said } = await done("rollback");
    assert.match(said[0]!, /^Going back to version 2 with its snapshot of /);
    assert.deepEqual(stops(requests), []);
    const [restore] = restores(requests) as { ApplicationRestoreType: string; SnapshotName: string }[];
    assert.equal(restore?.ApplicationRestoreType, "RESTORE_FROM_CUSTOM_SNAPSHOT");
    const { written } = await done("status");
    assert.match(written[0]!, /is RUNNING\.$/);
    assert.ok(written.some((line) => line.endsWith("concurrency = 16")));
    assert.ok(!written.some((line) => line.includes("max-tokens")));
    // What a later update begins with is what runs now.
    assert.deepEqual((await done("update", "--jar", otherJar)).said, ["There is nothing to update."]);
  });

  it("goes further back, by force, from a version that runs", async () => {
    const { requests, said } = await done("rollback");
    assert.match(said[0]!, /^Going back to version 1 /);
    assert.deepEqual(stops(requests), [true]);
    const { refusal } = await msf("rollback", "--name", "nothing-here");
    assert.match(refusal?.message ?? "", /^Nothing is deployed as nothing-here in us-east-1/);
  });

  it("stops with a snapshot, and deploys from there", async () => {
    const { requests } = await done("stop");
    assert.deepEqual(stops(requests), [false]);
    assert.match((await done("stop")).written[0]!, /is stopped already/);
    const started = await done("deploy", "--jar", jar);
    assert.deepEqual(restores(started.requests), [{ ApplicationRestoreType: "RESTORE_FROM_LATEST_SNAPSHOT" }]);
  });

  it("asks before it destroys, and then leaves nothing", async () => {
    const refused = await msf("destroy");
    assert.match(refused.said.at(-1)!, /removes chat-sessions, with the stream and the OpenSearch domain/);
    assert.match(refused.refusal?.message ?? "", /--yes/);
    const { written, said } = await done("destroy", "--yes");
    assert.equal(written.at(-1), "chat-sessions is gone.");
    assert.ok(
      said.some((line) => /^Removed 3 jars /.test(line)),
      said.join("\n"),
    );
    assert.match((await done("destroy", "--yes")).written[0]!, /^Nothing is deployed/);
  });

  const REFUSED: readonly (readonly [title: string, argv: readonly string[], code: string, sentence: RegExp])[] = [
    [
      "a stream that is not there",
      ["--own-stream", "--stream", "none"],
      "STREAM_NOT_FOUND",
      /no stream none in us-east-1/,
    ],
    [
      "a model that is not there",
      ["--summary-model", "acme.none-v1"],
      "MODEL_NOT_FOUND",
      /knows no model acme\.none-v1/,
    ],
    [
      "a profile that is not there",
      ["--summary-model", "eu.acme.none-v1"],
      "MODEL_NOT_FOUND",
      /knows no model eu\.acme/,
    ],
    [
      "a model without access",
      ["--embedding-model", "amazon.titan-embed-text-v2:0"],
      "MODEL_NOT_FOUND",
      /no access to the model amazon\.titan-embed-text-v2:0/,
    ],
    ["a wrong property", ["--session-gap", "soon"], "BAD_OPTION", /--session-gap must be a duration/],
    ["properties that contradict", ["--max-open-session", "1m"], "BAD_OPTION", /max-open-session must not be shorter/],
    [
      "an address of this machine",
      ["--opensearch-endpoint", "http://localhost:9200"],
      "BAD_OPTION",
      /an address that AWS can reach/,
    ],
    [
      "an endpoint that does not tell its domain",
      ["--opensearch-endpoint", "https://search.example.com"],
      "BAD_OPTION",
      /--domain must say/,
    ],
    ["half a VPC", ["--subnets", "subnet-0a"], "BAD_OPTION", /must be given together/],
    ["a jar that is not there", ["--jar", "/nowhere.jar"], "BAD_OPTION", /no jar \/nowhere\.jar/],
  ];
  for (const [title, argv, code, sentence] of REFUSED) {
    it(`refuses ${title} before anything is made`, async () => {
      const withJar = argv.includes("--jar") ? [] : ["--jar", jar];
      const { refusal, requests } = await msf("deploy", "--stream", "fresh", ...withJar, ...argv);
      assert.equal(refusal?.code, code);
      assert.match(refusal?.message ?? "", sentence);
      assert.deepEqual(
        requests.filter(({ action }) => CHANGING.test(action)),
        [],
      );
    });
  }

  it("warns of a model that is near its end", async () => {
    const { said } = await done(
      "plan",
      "--stream",
      "fresh",
      "--jar",
      jar,
      "--summary-model",
      "anthropic.claude-3-haiku-20240307-v1:0",
    );
    assert.ok(said.some((line) => /near the end of its life/.test(line)));
  });

  it("needs no right on the wire that the deployer's policy lacks", () => {
    const policy = readFileSync(path.join(ROOT, "runners/msf/deployer-policy.json"), "utf8");
    const onWire = new Set(
      aws
        .requests()
        .filter(({ service, action }) => service !== "s3" && /^\w+$/.test(action))
        .map(({ service, action }) => `${service}:${action}`),
    );
    assert.ok(onWire.size > 12);
    for (const action of onWire) assert.ok(policy.includes(`"${action}"`), action);
  });

  it("says one sentence, and 1, without credentials", () => {
    const script = path.join(ROOT, "scripts/bootstrap.mjs");
    const env = {
      PATH: process.env["PATH"],
      HOME: aws.folder,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_REGION: "us-east-1",
    };
    const { status, stderr, stdout } = spawnSync(process.execPath, [script, "runners/msf.ts", "status"], {
      env,
      encoding: "utf8",
      cwd: ROOT,
    });
    assert.equal(status, 1);
    assert.match(stderr, /^No AWS credentials were found: .*\.\n$/);
    assert.equal(stdout, "");
  });
});
