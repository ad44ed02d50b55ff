/** Refusals of `npm run msf`: one sentence, before anything is made. */
import { DeletePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateStreamCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { BOUNDARY_POLICY } from "../../../runners/msf/template/role";
import { changes, makeBoundary, type Msf, withMsf } from "../../support/aws/msf";
import { ROOT } from "../../support/aws/sdk-actions";

const OWN_DOMAIN = "https://search-mine-abcdefghijklmnopqrstuvwxyz.us-east-1.es.amazonaws.com";

function manyLabels(): object {
  const intents = Array.from({ length: 60 }, (_, index) => ({ name: `n${index}`, means: "x".repeat(200) }));
  const other = { name: "other" };
  return { intents: [...intents, other], sensitiveKinds: [other] };
}

describe("npm run msf, asked for what cannot be", function () {
  this.timeout(60_000);
  let m: Msf;
  withMsf((started) => (m = started));

  const REFUSED: readonly (readonly [title: string, argv: readonly string[], code: string, sentence: RegExp])[] = [
    [
      "a stream that is not there",
      ["--own-stream", "--stream", "none"],
      "STREAM_NOT_FOUND",
      /no stream none in us-east-1/,
    ],
    [
      "labels that no deployment takes",
      ["--taxonomy", JSON.stringify(manyLabels())],
      "BAD_OPTION",
      /^--taxonomy holds \d+ bytes, and a deployment takes 10000: join labels, or shorten sentences\.$/,
    ],
    [
      "labels that are wrong",
      ["--taxonomy", "package.json"],
      "BAD_OPTION",
      /^--taxonomy package\.json is wrong: intents must be a list\.$/,
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
      /may not call the model amazon\.titan-embed-text-v2:0 in us-east-1/,
    ],
    [
      "a model that nobody agreed to use",
      ["--summary-model", "anthropic.claude-haiku-unused-v1:0"],
      "MODEL_NOT_FOUND",
      /no agreement for the model anthropic\.claude-haiku-unused-v1:0 yet: .*step 2/,
    ],
    [
      "a profile of a model that nobody agreed to use",
      ["--summary-model", "global.anthropic.claude-haiku-unused-v1:0"],
      "MODEL_NOT_FOUND",
      /no agreement for the model anthropic\.claude-haiku-unused-v1:0 yet/,
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
    ["an audit log that nobody could turn on", ["--audit-logs"], "BAD_OPTION", /--audit-logs needs .* --master-user/],
    ["a domain in no VPC", ["--domain-in-vpc"], "BAD_OPTION", /give 1 --subnets, and --security-groups/],
    [
      "a domain with fewer subnets than zones",
      ["--domain-in-vpc", "--domain-instances", "3", "--subnets", "subnet-0a", "--security-groups", "sg-0a"],
      "BAD_OPTION",
      /give 3 --subnets/,
    ],
    [
      "a master user for a domain that exists",
      ["--opensearch-endpoint", OWN_DOMAIN, "--master-user", "arn:aws:iam::123456789012:role/guardian"],
      "BAD_OPTION",
      /--master-user is only of use with a new domain/,
    ],
    [
      "a key of another region",
      ["--kms-key", "arn:aws:kms:eu-west-1:123456789012:key/1"],
      "BAD_OPTION",
      /--kms-key is a key of eu-west-1: give one of us-east-1/,
    ],
    ["a jar that is not there", ["--jar", "/nowhere.jar"], "BAD_OPTION", /no jar \/nowhere\.jar/],
  ];
  for (const [title, argv, code, sentence] of REFUSED) {
    it(`refuses ${title} before anything is made`, async () => {
      const withJar = argv.includes("--jar") ? [] : ["--jar", m.jars.one];
      const { refusal, requests } = await m.run("deploy", "--stream", "fresh", ...withJar, ...argv);
      assert.equal(refusal?.code, code);
      assert.match(refusal?.message ?? "", sentence);
      assert.deepEqual(changes({ requests }), []);
    });
  }

  it("refuses to make a stream that is there, which it reads when told to", async () => {
    const streams = new KinesisClient({ requestHandler: new NodeHttpHandler() });
    await streams.send(new CreateStreamCommand({ StreamName: "mine", ShardCount: 1 }));
    streams.destroy();
    const { refusal, requests } = await m.run("deploy", "--stream", "mine", "--jar", m.jars.one);
    assert.match(refusal?.message ?? "", /There is a stream mine in us-east-1 already: add --own-stream/);
    assert.deepEqual(changes({ requests }), []);
    const { written } = await m.done("plan", "--stream", "mine", "--own-stream", "--jar", m.jars.one);
    assert.ok(!written.some((line) => line.includes("AWS::Kinesis::Stream")));
  });

  it("refuses before anything is made when nothing bounds the job's role", async () => {
    const client = new IAMClient({});
    const PolicyArn = `arn:aws:iam::123456789012:policy/${BOUNDARY_POLICY}`;
    await client.send(new DeletePolicyCommand({ PolicyArn }));
    client.destroy();
    for (const command of ["plan", "deploy"]) {
      const { refusal, requests } = await m.run(command, "--stream", "fresh", "--jar", m.jars.one);
      assert.match(refusal?.message ?? "", /no policy beam-chat-sessions-boundary, .* administrator .*step 1/);
      assert.deepEqual(changes({ requests }), []);
    }
    await makeBoundary();
  });

  it("warns of a model that is near its end", async () => {
    const { said } = await m.done(
      "plan",
      "--stream",
      "fresh",
      "--jar",
      m.jars.one,
      "--summary-model",
      "anthropic.claude-3-haiku-20240307-v1:0",
    );
    assert.ok(said.some((line) => /near the end of its life/.test(line)));
  });

  it("says that a model's agreement is on its way", async () => {
    const model = "global.anthropic.claude-haiku-new-v1:0";
    const { said } = await m.done("plan", "--stream", "fresh", "--jar", m.jars.one, "--summary-model", model);
    assert.ok(said.some((line) => /agreement for the model anthropic\.claude-haiku-new-v1:0 is being made/.test(line)));
  });

  it("says one sentence, and 1, without credentials", () => {
    const script = path.join(ROOT, "scripts/bootstrap.mjs");
    const env = {
      PATH: process.env["PATH"],
      HOME: m.aws.folder,
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
