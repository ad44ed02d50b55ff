/** `npm run msf` where a change goes wrong, is interrupted, or would do harm. */
import { ListApplicationSnapshotsCommand, KinesisAnalyticsV2Client } from "@aws-sdk/client-kinesis-analytics-v2";
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import type { FatalCode } from "../../../src/chat/errors";
import type { Template } from "../../../runners/msf/template/document";
import { type Answer, changes, type Msf, withMsf } from "../../support/aws/msf";

const HAIKU_3 = "anthropic.claude-3-haiku-20240307-v1:0";
const OWN_DOMAIN = "https://search-mine-abcdefghijklmnopqrstuvwxyz.us-east-1.es.amazonaws.com";

describe("npm run msf, where changes meet trouble", function () {
  this.timeout(60_000);
  const name = "chat-sessions";
  let m: Msf;
  withMsf((started) => (m = started));
  beforeEach(async () => {
    await m.done("deploy", "--stream", "chat", "--session-gap", "3m", "--jar", m.jars.one);
  });
  afterEach(async () => {
    await m.aws.tell({ application: name, status: "RUNNING", failsSnapshot: false });
    await m.done("destroy", "--yes");
  });

  const started = ({ requests }: Answer): readonly unknown[] =>
    requests
      .filter(({ action }) => action === "StartApplication")
      .map(({ body }) => (body as { RunConfiguration: { ApplicationRestoreConfiguration: unknown } }).RunConfiguration)
      .map(({ ApplicationRestoreConfiguration }) => ApplicationRestoreConfiguration);
  const from = (SnapshotName: string): unknown => ({
    ApplicationRestoreType: "RESTORE_FROM_CUSTOM_SNAPSHOT",
    SnapshotName,
  });
  const forced = ({ requests }: Answer): readonly unknown[] =>
    requests.filter(({ action }) => action === "StopApplication").map(({ body }) => body?.["Force"]);

  /** Names of snapshots, oldest first. */
  async function snapshotNames(): Promise<readonly string[]> {
    const client = new KinesisAnalyticsV2Client({});
    const names: string[] = [];
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const command = new ListApplicationSnapshotsCommand({ ApplicationName: name, NextToken: token });
      const { SnapshotSummaries = [], NextToken } = await client.send(command);
      names.push(...SnapshotSummaries.map(({ SnapshotName = "" }) => SnapshotName));
      token = NextToken;
    }
    client.destroy();
    return names;
  }

  async function template(): Promise<Template["Resources"]> {
    return (await m.template(name)).Resources;
  }

  async function property(of: string): Promise<string | undefined> {
    const { written } = await m.done("status");
    return written.find((line) => line.includes(` ${of} = `))?.split(" = ")[1];
  }

  it("takes up an update that was interrupted between its change and its start", async () => {
    await m.done("stop");
    const [newest] = await snapshotNames();
    const taken = await m.done("update", "--jar", m.jars.one);
    assert.deepEqual(started(taken), [from(newest!)]);
    assert.match(taken.written[0]!, /is RUNNING/);
  });

  it("waits for a start and for a stop that are on the way", async () => {
    await m.aws.tell({ application: name, status: "STARTING", then: "RUNNING" });
    const waited = await m.done("update", "--jar", m.jars.one);
    assert.match(waited.said[0]!, /is starting already/);
    assert.deepEqual(changes(waited), []);
    assert.match(waited.written[0]!, /is RUNNING/);

    await m.aws.tell({ application: name, status: "STOPPING", then: "READY" });
    const stopped = await m.done("update", "--concurrency", "8", "--jar", m.jars.one);
    assert.match(stopped.said.join("\n"), /is STOPPING: waiting for the end of that/);
    assert.deepEqual(forced(stopped), []);
    assert.equal(await property("concurrency"), "8");
  });

  it("changes nothing when no snapshot can be made, unless by force", async () => {
    await m.aws.tell({ application: name, failsSnapshot: true });
    const failed = await m.run("update", "--concurrency", "8", "--jar", m.jars.one);
    assert.match(failed.refusal?.message ?? "", /did not stop and is RUNNING: .*--force stops it without a snapshot/);
    assert.ok(!changes(failed).includes("UpdateStack"));
    const done = await m.done("update", "--concurrency", "8", "--force", "--jar", m.jars.one);
    assert.deepEqual(forced(done), [true]);
    assert.deepEqual(started(done), [{ ApplicationRestoreType: "SKIP_RESTORE_FROM_SNAPSHOT" }]);
    assert.deepEqual(forced(await m.done("stop", "--force")), [true]);
    assert.deepEqual(await snapshotNames(), []);
  });

  it("starts the old job again when the stack cannot be changed, and says why it could not", async () => {
    await m.aws.tell({ refuse: "UpdateStack" });
    const failed = await m.run("update", "--concurrency", "8", "--jar", m.jars.one);
    assert.match(failed.refusal?.message ?? "", /stack chat-sessions cannot be changed: It was refused/);
    const [newest] = await snapshotNames();
    assert.deepEqual(started(failed), [from(newest!)]);
    assert.equal(await property("concurrency"), undefined);

    await m.aws.tell({ refuse: "UpdateStack" });
    await m.aws.tell({ refuse: "StartApplication" });
    const worse = await m.run("update", "--concurrency", "8", "--jar", m.jars.one);
    assert.match(worse.refusal?.message ?? "", /cannot be changed/);
    assert.match(worse.said.at(-1)!, /refused while starting chat-sessions/);
    assert.match((await m.done("update", "--jar", m.jars.one)).written[0]!, /is RUNNING/);
  });

  it("has the service roll back a change that hangs", async () => {
    await m.aws.tell({ application: name, status: "AUTOSCALING" });
    const back = await m.done("rollback");
    assert.deepEqual(changes(back), ["RollbackApplication"]);
    assert.match(back.written[0]!, /is RUNNING/);
  });

  it("gives a version that it goes back to its rights again: on its models and on its indexes", async () => {
    const before = await template();
    await m.done("update", "--summary-model", HAIKU_3, "--index", "other", "--jar", m.jars.two);
    const changed = JSON.stringify(await template());
    assert.ok(changed.includes(HAIKU_3) && changed.includes("/other/*"));
    await m.done("rollback");
    assert.deepEqual(await template(), before);
  });

  it("never goes back to a version that was gone back from, nor to its state", async () => {
    await m.done("update", "--concurrency", "8", "--jar", m.jars.one);
    await m.done("update", "--concurrency", "9", "--jar", m.jars.one);
    await m.done("stop");
    const [first, second] = await snapshotNames();
    const once = await m.done("rollback");
    assert.deepEqual(started(once), [from(second!)]);
    assert.equal(await property("concurrency"), "8");
    const twice = await m.done("rollback");
    assert.deepEqual(started(twice), [from(first!)]);
    assert.equal(await property("concurrency"), undefined);

    await m.done("stop", "--force");
    assert.deepEqual(started(await m.done("deploy", "--jar", m.jars.one)), [from(first!)]);
    await m.done("update", "--concurrency", "10", "--jar", m.jars.one);
    const last = (await snapshotNames()).at(-1)!;
    assert.deepEqual(started(await m.done("rollback")), [from(last)]);
    const { refusal } = await m.run("rollback");
    assert.match(refusal?.message ?? "", /there is no way back/);
  });

  it("refuses another stream, and the removal of its own", async () => {
    for (const [argv, sentence] of [
      [["--stream", "other"], /cannot read another stream: .* its positions in chat there; .* for other/],
      [["--own-stream"], /--own-stream would delete the stream chat/],
    ] as const) {
      for (const command of ["plan", "update"]) {
        const answer = await m.run(command, ...argv, "--jar", m.jars.one);
        assert.equal(answer.refusal?.code, "BAD_OPTION");
        assert.match(answer.refusal?.message ?? "", sentence);
        assert.deepEqual(changes(answer), []);
      }
    }
  });

  it("asks before an update removes the domain", async () => {
    const argv = ["--opensearch-endpoint", OWN_DOMAIN, "--jar", m.jars.one];
    const { written } = await m.done("plan", ...argv);
    assert.ok(written.some((line) => /^ {2}- Domain \(.*\), with all that it holds$/.test(line)));
    const asked = await m.run("update", ...argv);
    assert.match(asked.said.at(-1)!, /removes the OpenSearch domain of chat-sessions with all that it holds/);
    assert.match(asked.refusal?.message ?? "", /--yes/);
    assert.deepEqual(changes(asked), []);
    await m.done("update", "--yes", ...argv);
    assert.equal(await property("opensearch-endpoint"), OWN_DOMAIN);
    assert.equal((await template())["Domain"], undefined);
  });

  it("takes options back to their defaults", async () => {
    await m.done("update", "--unset", "session-gap", "--jar", m.jars.one);
    assert.equal(await property("session-gap"), undefined);
    const { refusal } = await m.run("update", "--unset", "session-gap", "--jar", m.jars.one);
    assert.match(refusal?.message ?? "", /session-gap was not given before; there are stream\./);
  });

  it("changes parallelism, and plans that without doing it", async () => {
    const same = await m.done("plan", "--jar", m.jars.one);
    assert.match(same.written[0]!, /is RUNNING, and nothing would change\.$/);
    const plan = await m.done("plan", "--parallelism", "4", "--jar", m.jars.one);
    assert.ok(plan.written.some((line) => line === "  ~ Application (AWS::KinesisAnalyticsV2::Application)"));
    assert.deepEqual([...changes(same), ...changes(plan)], []);
    await m.done("update", "--parallelism", "4", "--jar", m.jars.one);
    const { written } = await m.done("status");
    assert.ok(written.some((line) => /parallelism 4$/.test(line)));
    const { refusal } = await m.run("update", "--parallelism", "129", "--jar", m.jars.one);
    assert.match(refusal?.message ?? "", /--parallelism must be a whole number from 1 to 128/);
  });

  it("sees snapshots and operations beyond a first page, in whatever order they are listed", async () => {
    for (const count of ["8", "9", "10"]) await m.done("update", "--concurrency", count, "--jar", m.jars.one);
    const { written } = await m.done("status");
    assert.ok(written.some((line) => /snapshots +3, the newest of/.test(line)));
    await m.aws.tell({ application: name, failsSnapshot: true });
    await m.run("stop");
    const after = await m.done("status");
    assert.ok(after.written.some((line) => /operation +the last one failed/.test(line)));
  });

  it("puts the jar into a bucket of one's own, and takes away nothing else", async () => {
    const files = new S3Client({});
    await files.send(new CreateBucketCommand({ Bucket: "mine" }));
    await files.send(new PutObjectCommand({ Bucket: "mine", Key: "letter", Body: "kept" }));
    const argv = ["--name", "other", "--bucket", "mine"];
    const made = await m.done("deploy", ...argv, "--stream", "another", "--jar", m.jars.one);
    assert.ok(
      changes(made).some((action) => /^PUT \/mine\/beam-chat-sessions\/other\/[0-9a-f]{16}\.jar$/.test(action)),
    );
    assert.equal(changes(made).filter((action) => action === "CreateStack").length, 1);
    const { said } = await m.done("destroy", "--name", "other", "--yes");
    assert.ok(said.includes("Removed 2 files from s3://mine."), said.join("\n"));
    const { Contents = [] } = await files.send(new ListObjectsV2Command({ Bucket: "mine" }));
    assert.deepEqual(
      Contents.map(({ Key }) => Key),
      ["letter"],
    );
    files.destroy();
  });

  /** The job's sentence for each wrong input; test/e2e/rehearsal/wrong-inputs.test.ts gets them from Flink itself. */
  const WRONG: readonly (readonly [what: string, code: FatalCode, sentence: string])[] = [
    [
      "a property",
      "BAD_OPTION",
      'Runtime properties, group ChatSessions: "sesion-gap" is not known: did you mean session-gap.',
    ],
    [
      "a stream",
      "STREAM_NOT_FOUND",
      'The Kinesis stream "no-such" does not exist in us-east-1: check --stream and --region.',
    ],
    [
      "a model",
      "ACCESS_DENIED",
      "The credentials may not call amazon.titan-embed-text-v1 (status 403): allow bedrock:InvokeModel on it.",
    ],
    [
      "an index",
      "INDEX_MISFIT",
      'Index "wrong-vectors" does not fit the documents: embedding has 8 dimensions, not 1536. Give another index.',
    ],
    ["a processor", "WORKER", "The worker in this jar runs on Linux s390x, and this host is Linux amd64."],
  ];
  it("says in status what keeps the job from running, in the job's own sentence, and no older one", async () => {
    await m.aws.tell({ application: name, status: "READY" });
    const nowMs = Date.now();
    for (const [at, [what, code, sentence]] of WRONG.entries()) {
      const thrown = `beamstreaming.PipelineRefusedException: [${code}] ${sentence}`;
      const throwableInformation = [
        `org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: [${code}] ${sentence}`,
        "\tat org.apache.flink.client.program.PackagedProgram.callMainMethod(PackagedProgram.java:372)",
        `Caused by: ${thrown}`,
        "\tat beamstreaming.ManagedService.main(ManagedService.java:40)",
        "\t... 6 more",
      ].join("\n");
      const line = { messageType: "ERROR", message: "Unhandled exception.", throwableInformation };
      await m.aws.tell({ application: name, log: [{ timestamp: nowMs + at, message: JSON.stringify(line) }] });
      const { written } = await m.done("status");
      const row = written.find((each) => each.startsWith("  failure"));
      assert.equal(row, `  failure     ${new Date(nowMs + at).toISOString()} ${sentence}`, what);
    }
    const { written } = await m.done("deploy", "--jar", m.jars.one);
    assert.match(written[0]!, /is RUNNING/);
    assert.ok(!(await m.done("status")).written.some((each) => each.startsWith("  failure")));
  });

  it("stops a job at once before it destroys what the job reads", async () => {
    const gone = await m.done("destroy", "--yes");
    const order = changes(gone).filter((action) => /^(Stop|Delete)/.test(action));
    assert.deepEqual(order, ["StopApplication", "DeleteStack", "DeleteStack"]);
    assert.deepEqual(forced(gone), [true]);
    await m.done("deploy", "--stream", "chat", "--jar", m.jars.one);
  });
});
