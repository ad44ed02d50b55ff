/** `npm run msf` with fine-grained access control, an audit log, a key of one's own, and all in a VPC. */
import assert from "node:assert/strict";
import { z } from "zod";
import type { Template } from "../../../runners/msf/template/document";
import { changes, type Msf, withMsf } from "../../support/aws/msf";
import { makeVpc, type TestVpc } from "../../support/aws/network";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
const OTHER_KEY = KEY.replace("key/1", "key/2");
const GUARDIAN = "arn:aws:iam::123456789012:role/guardian";
const SEARCHER = "arn:aws:iam::123456789012:role/searcher";

const MAPPING = z.object({ backend_roles: z.array(z.string()), users: z.array(z.string()) });

describe("npm run msf with guards", function () {
  this.timeout(60_000);
  const name = "chat-sessions";
  const guards = ["--master-user", GUARDIAN, "--audit-logs", "--searchers", SEARCHER, "--kms-key", KEY];
  let m: Msf;
  let vpc: TestVpc;
  withMsf((started) => (m = started));
  before(async () => void (vpc = await makeVpc()));

  const domain = async (): Promise<Template["Resources"][string]["Properties"]> =>
    (await m.template(name)).Resources["Domain"]!.Properties;
  /** The paths and bodies of written commands. */
  const commands = (written: readonly string[]): readonly (readonly [path: string, body: unknown])[] =>
    written.flatMap((line) => {
      const [, path = "", body = ""] = /^curl .* -X PUT 'https:\/\/[^/]+([^']+)' -d '([^']+)'$/.exec(line) ?? [];
      return path === "" ? [] : [[path, JSON.parse(body) as unknown] as const];
    });

  it("says what the master user must do when the domain is out of reach, and starts the job when that is done", async () => {
    const made = await m.run(
      "deploy",
      "--stream",
      "chat",
      "--jar",
      m.jars.one,
      ...guards,
      ...vpc.options,
      "--domain-in-vpc",
    );
    assert.equal(made.refusal?.code, "ACCESS_DENIED");
    assert.match(made.refusal?.message ?? "", /is made, but not started, .* npm run msf -- deploy starts it/);
    assert.match(made.said.join("\n"), new RegExp(`cannot be reached from here: have ${GUARDIAN} run these`));
    const written = commands(made.written);
    assert.deepEqual(
      written.map(([path]) => path.replace("/_plugins/_security/api/", "")),
      [
        "roles/chat-sessions-job",
        "rolesmapping/chat-sessions-job",
        "roles/chat-sessions-search",
        "rolesmapping/chat-sessions-search",
        "audit/config",
      ],
    );
    assert.match(MAPPING.parse(written[1]![1]).backend_roles.join(), /:role\/.*chat-sessions-Role-|:role\/.*Role/);
    assert.deepEqual(MAPPING.parse(written[3]![1]).backend_roles, [SEARCHER]);
    assert.ok(!changes(made).includes("StartApplication"));

    assert.match((await m.done("deploy", "--jar", m.jars.one)).written[0]!, /is RUNNING/);
  });

  it("keeps everything in the VPC and under the key, and lets requests name indexes, since roles look at each", async () => {
    const { VPCOptions, EncryptionAtRestOptions, AdvancedOptions } = await domain();
    assert.deepEqual(VPCOptions, { SubnetIds: [vpc.subnets[0]], SecurityGroupIds: [vpc.options.at(-1)] });
    assert.deepEqual(EncryptionAtRestOptions, { Enabled: true, KmsKeyId: KEY });
    assert.deepEqual(AdvancedOptions, { "rest.action.multi.allow_explicit_index": "true" });
    const { Resources } = await m.template(name);
    for (const resource of ["Stream", "LogGroup", "AuditLogGroup", "Application"]) {
      assert.ok(JSON.stringify(Resources[resource]).includes(KEY), resource);
    }
  });

  it("refuses what would make the domain anew, and so empty", async () => {
    for (const [argv, sentence] of [
      [["--kms-key", OTHER_KEY], /domain keeps the key that it was made with/],
      [["--unset", "kms-key"], /domain keeps the key that it was made with/],
      [["--unset", "domain-in-vpc"], /domain cannot move into or out of a VPC/],
      [["--unset", "master-user,audit-logs"], /domain cannot do without fine-grained access control again/],
    ] as const) {
      for (const command of ["plan", "update"]) {
        const answer = await m.run(command, ...argv, "--jar", m.jars.two);
        assert.equal(answer.refusal?.code, "BAD_OPTION");
        assert.match(answer.refusal?.message ?? "", sentence);
        assert.deepEqual(changes(answer), []);
      }
    }
  });

  it("says the commands again when an update changes who may what, and not otherwise", async () => {
    const added = await m.done("update", "--operators", GUARDIAN, "--jar", m.jars.one);
    const [, [, mapping]] = commands(added.written) as [unknown, readonly [string, unknown]];
    assert.equal(MAPPING.parse(mapping).backend_roles.at(-1), GUARDIAN);
    const other = await m.done("update", "--concurrency", "8", "--jar", m.jars.one);
    assert.deepEqual(commands(other.written), []);
  });

  it("leaves nothing", async () => {
    assert.equal((await m.done("destroy", "--yes")).written.at(-1), "chat-sessions is gone.");
  });

  it("is closed to requests that name other indexes where paths alone decide", async () => {
    await m.done("deploy", "--stream", "chat", "--jar", m.jars.one);
    const { AdvancedOptions } = await domain();
    assert.deepEqual(AdvancedOptions, { "rest.action.multi.allow_explicit_index": "false" });
    await m.done("destroy", "--yes");
  });
});
