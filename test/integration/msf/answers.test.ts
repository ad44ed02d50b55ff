/**
 * `npm run msf` and the answers of AWS's control plane that a user meets: each is said with its cure, or waited out.
 */
import assert from "node:assert/strict";
import { type Answer, changes, type Msf, withMsf } from "../../support/aws/msf";
import { makeVpc } from "../../support/aws/network";

const GONE =
  '[STREAM_NOT_FOUND] The stream "chat" no longer holds what follows shard shardId-000000000000: the job stood still for longer than the stream\'s retention; start it anew.';

describe("npm run msf and AWS's answers", function () {
  this.timeout(60_000);
  const name = "chat-sessions";
  /** A domain of one's own: the stack is made faster without. */
  const own = ["--opensearch-endpoint", "https://search-mine-abcdefghijklmnopqrstuvwxyz.us-east-1.es.amazonaws.com"];
  let m: Msf;
  withMsf((started) => (m = started));
  const deploy = (jar: keyof Msf["jars"], ...argv: string[]): Promise<Answer> =>
    m.run("deploy", "--stream", "chat", ...own, "--jar", m.jars[jar], ...argv);
  afterEach(async () => {
    await m.aws.tell({ denied: {} });
    await m.done("destroy", "--yes");
  });

  const restores = ({ requests }: Answer): unknown[] =>
    requests
      .filter(({ action }) => action === "StartApplication")
      .map(({ body }) => (body as { RunConfiguration: { ApplicationRestoreConfiguration: unknown } }).RunConfiguration)
      .map(({ ApplicationRestoreConfiguration }) => ApplicationRestoreConfiguration);
  const NO_STATE = { ApplicationRestoreType: "SKIP_RESTORE_FROM_SNAPSHOT" };
  const messageOf = ({ refusal }: Answer): string => refusal?.message ?? "";
  const isRunning = ({ written }: Answer): boolean => written.some((line) => /is RUNNING, version/.test(line));

  it("of a job that restarts over and over: no snapshot, the job's own sentence, --force", async () => {
    assert(isRunning(await deploy("one")));
    const line = { messageType: "ERROR", message: GONE };
    const log = [{ timestamp: Date.now(), message: JSON.stringify(line) }];
    await m.aws.tell({ application: name, restarts: true, log });
    for (const argv of [["stop"], ["update", "--concurrency", "8", "--jar", m.jars.one]]) {
      const answer = await m.run(...argv);
      assert.match(messageOf(answer), /is restarting.*stood still for longer than the stream's retention.*--force/);
      assert.match(messageOf(answer), /npm run msf -- deploy --without-snapshot/);
      assert.doesNotMatch(messageOf(answer), /disabl|Configuration/i);
      assert.ok(!changes(answer).includes("UpdateStack"));
    }
    assert.match(messageOf(await deploy("one")), /is RUNNING, but does not work: The stream "chat" no longer holds/);
    await m.done("stop", "--force");
    assert.deepEqual(restores(await m.done("deploy", "--without-snapshot", "--jar", m.jars.one)), [NO_STATE]);
  });

  it("of an application that the service has rolled back: it is stopped, and is started or changed from there", async () => {
    assert(isRunning(await deploy("one")));
    await m.done("stop");
    await m.aws.tell({ application: name, status: "ROLLED_BACK" });
    assert.match((await m.done("stop")).written[0]!, /is stopped already/);
    const started = await deploy("one");
    assert(isRunning(started), messageOf(started));
    assert.equal(restores(started).length, 1);
    await m.aws.tell({ application: name, status: "ROLLED_BACK" });
    assert(isRunning(await m.done("update", "--concurrency", "8", "--jar", m.jars.one)));
    await m.aws.tell({ application: name, status: "ROLLING_BACK", then: "ROLLED_BACK" });
    assert(isRunning(await m.done("deploy", "--jar", m.jars.one)));
    await m.aws.tell({ application: name, status: "AUTOSCALING", rollsBackTo: "ROLLED_BACK" });
    assert(isRunning(await m.done("rollback")));
  });

  it("of maintenance: it passes", async () => {
    assert(isRunning(await deploy("one")));
    await m.aws.tell({ application: name, status: "MAINTENANCE", then: "RUNNING" });
    const stopped = await m.done("stop");
    assert.match(stopped.said[0]!, /is MAINTENANCE: waiting/);
    await m.aws.tell({ application: name, status: "MAINTENANCE", then: "READY" });
    assert(isRunning(await m.done("deploy", "--jar", m.jars.one)));
    await m.aws.tell({ application: name, status: "DELETING" });
    assert.match(messageOf(await m.run("deploy", "--jar", m.jars.one)), /is DELETING, so no job runs/);
    await m.aws.tell({ application: name, status: "READY" });
  });

  it("about a role that was made a moment ago: again, and not for ever", async () => {
    await m.aws.tell({ refuse: "CreateApplication", words: "UNKNOWN_ROLE" });
    const again = await deploy("one");
    assert(isRunning(again), messageOf(again));
    assert.ok(again.said.some((line) => /does not know the job's role yet/.test(line)));
    await m.done("destroy", "--yes");
    await m.aws.tell({ refuse: "CreateApplication", words: "UNKNOWN_ROLE", times: 3 });
    const never = await deploy("one");
    assert.match(messageOf(never), /Please check the role provided.*beam-chat-sessions-boundary allows s3:GetObject/);
    assert.equal(changes(never).filter((action) => action === "CreateStack").length, 1 + 3);
  });

  it("RUNNING, of a job that reaches nothing from its VPC: no success, and the endpoints", async () => {
    const vpc = await makeVpc();
    const made = await deploy("unreachable", ...vpc.options);
    assert.match(
      messageOf(made),
      /is RUNNING, but does not work: Kinesis does not answer: .*OpenSearch does not answer/,
    );
    assert.match(
      messageOf(made),
      /for Kinesis \(com\.amazonaws\.us-east-1\.kinesis-streams\) and Bedrock .*: make that, or a NAT gateway/,
    );
    assert.match(messageOf(made), /com\.amazonaws\.us-east-1\.bedrock-runtime.*--domain-in-vpc/);
  });

  it("RUNNING, of a job that starts again and again: no success", async () => {
    assert.match(messageOf(await deploy("restarting")), /does not work: Flink has restarted it 2 times: .*logs/);
  });

  it("RUNNING, of a job that says nothing: a clean log has to do, and is told as such", async () => {
    const silent = await deploy("silent");
    assert(isRunning(silent), messageOf(silent));
    assert.match(silent.said.at(-1)!, /no sign of that yet, and no error in its log/);
    await m.done("stop");
    await m.aws.tell({ refuse: "GetMetricStatistics", words: "NO_RIGHT", times: 100 });
    const blind = await m.done("deploy", "--jar", m.jars.silent);
    assert.ok(blind.requests.filter(({ action }) => action === "GetMetricStatistics").length < 20);
  });

  it("about a VPC, asked before anything is made", async () => {
    const vpc = await makeVpc();
    const plan = async (...argv: string[]): Promise<readonly string[]> => {
      const { said } = await m.done("plan", "--stream", "chat", "--jar", m.jars.one, ...vpc.options, ...argv);
      return said.filter((line) => /No route|Nobody looked/.test(line));
    };
    assert.equal((await plan()).length, 2);
    await vpc.addEndpoints("kinesis-streams");
    assert.match(
      (await plan("--domain-in-vpc")).join(),
      /^No route leaves subnet-\w+, subnet-\w+, .* for Bedrock \(com\.amazonaws\.us-east-1\.bedrock-runtime\): make that, [^.]*\.$/,
    );
    await vpc.addEndpoints("bedrock-runtime");
    assert.match(
      (await plan()).join(),
      /^No route leaves subnet-\w+, subnet-\w+, so a domain outside of the VPC is out of reach/,
    );
    await m.aws.tell({ refuse: "DescribeSubnets", words: "NO_RIGHT_EC2" });
    assert.match((await plan()).join(), /^Nobody looked whether .* ec2:DescribeSubnets/);
    await vpc.addNat();
    assert.deepEqual(await plan(), []);
    const strange = await m.run("plan", "--stream", "chat", "--subnets", "subnet-0a", "--security-groups", "sg-0a");
    assert.match(messageOf(strange), /--subnets: AWS knows not all of subnet-0a in us-east-1/);
  });

  it("to a start: from no snapshot when that is asked for, and said where it may help", async () => {
    assert(isRunning(await deploy("one")));
    assert.match(
      messageOf(await deploy("one", "--without-snapshot")),
      /is RUNNING: stop it before, with .* stop --force/,
    );
    const broken = await m.run("update", "--jar", m.jars.broken);
    assert.match(messageOf(broken), /did not start .* deploy --without-snapshot, which reads from --start-position/);
    const anew = await m.done("update", "--start-position", "TRIM_HORIZON", "--without-snapshot", "--jar", m.jars.two);
    assert.deepEqual(restores(anew), [NO_STATE]);
  });

  it("about snapshots: old ones are removed, and a refusal of that does no harm", async () => {
    assert(isRunning(await deploy("one", "--keep-snapshots", "2")));
    for (const count of ["8", "9", "10"]) await m.done("update", "--concurrency", count, "--jar", m.jars.one);
    const { written } = await m.done("status");
    assert.ok(
      written.some((line) => /snapshots +2, the newest of/.test(line)),
      written.join("\n"),
    );
    await m.aws.tell({ refuse: "DeleteApplicationSnapshot", words: "NO_RIGHT" });
    const refused = await m.done("update", "--concurrency", "11", "--jar", m.jars.one);
    assert(isRunning(refused));
    assert.ok(refused.said.some((line) => /lack a right while removing an old snapshot/.test(line)));
    const plan = await m.done("plan", "--jar", m.jars.one);
    assert.match(plan.written.at(-1)!, /beside its snapshots \(the newest 2, 0\.023 a GB\)/);
  });
});
