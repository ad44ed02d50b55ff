/** A deployment runs the jar that was built, even when others write to its bucket. */
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { jarOfTemplate } from "../../../runners/msf/template";
import { LONG_RULES, LONG_TAXONOMY } from "../../support/aws/long-options";
import { changes, type Msf, withMsf } from "../../support/aws/msf";

const ACCOUNT = "123456789012";
const OTHER_ACCOUNT = "999999999999";

describe("the jar in its bucket", function () {
  this.timeout(60_000);
  const name = "chat-sessions";
  let m: Msf;
  let files: S3Client;

  after(() => files?.destroy());
  withMsf((started) => (m = started));
  before(() => void (files = new S3Client({})));

  const deploy = (...argv: string[]) => m.run("deploy", "--stream", "chat", "--jar", m.jars.one, ...argv);
  const uploads = (answer: Parameters<typeof changes>[0]): readonly string[] =>
    changes(answer).filter((action) => /^PUT \/.*\.jar$/.test(action));

  async function bucketOf(): Promise<string> {
    const upload = m.aws.requests().find(({ action }) => /^PUT \/.*\.jar$/.test(action));
    return upload?.action.split("/")[1] ?? "";
  }

  /** Replaces the jar with one of the same length, so that the length tells nothing. */
  async function exchangeJar(bucket: string): Promise<void> {
    const { key } = jarOfTemplate(await m.template(name));
    const Body = "X".repeat(readFileSync(m.jars.one).length);
    await files.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
  }

  it("is named in the version that was uploaded, so that a later one does not take its place", async () => {
    await deploy();
    const bucket = await bucketOf();
    const { key, version } = jarOfTemplate(await m.template(name));
    assert.match(version ?? "", /^.{8,}$/);
    await exchangeJar(bucket);
    const { Body } = await files.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: version }));
    assert.equal(await Body?.transformToString(), readFileSync(m.jars.one, "utf8"));
  });

  it("is uploaded again where another one of its length lies, and then named", async () => {
    const planned = await m.done("plan", "--jar", m.jars.one);
    assert.ok(planned.written.includes("  ~ Application (AWS::KinesisAnalyticsV2::Application)"));
    const before = jarOfTemplate(await m.template(name));
    assert.equal(uploads(await m.done("update", "--jar", m.jars.one)).length, 1);
    const after = jarOfTemplate(await m.template(name));
    assert.equal(after.key, before.key);
    assert.notEqual(after.version, before.version);
    assert.deepEqual((await m.done("update", "--jar", m.jars.one)).said, ["There is nothing to update."]);
  });

  it("leaves no version behind", async () => {
    const bucket = await bucketOf();
    const { said, requests } = await m.done("destroy", "--yes");
    assert.ok(said.includes(`Removed 2 files from s3://${bucket}.`), said.join("\n"));
    assert.equal(requests.filter(({ action }) => action === "DeleteStack").length, 2);
  });

  it("is put right in a bucket without versions, too", async () => {
    await files.send(new CreateBucketCommand({ Bucket: "plain" }));
    assert.equal((await deploy("--bucket", "plain")).refusal, undefined);
    assert.equal(jarOfTemplate(await m.template(name)).version, undefined);
    await exchangeJar("plain");
    assert.equal(uploads(await m.done("deploy", "--jar", m.jars.one)).length, 1);
    await m.done("destroy", "--yes");
    const { Versions = [] } = await files.send(new ListObjectVersionsCommand({ Bucket: "plain" }));
    assert.deepEqual(Versions, []);
  });

  it("has the template beside it, which may be too large for a request, named in its version too", async () => {
    const long = ["--taxonomy", LONG_TAXONOMY, "--alert-rules", LONG_RULES, "--alert-bus", "default"];
    const made = await deploy(...long);
    assert.equal(made.refusal, undefined);
    const url = new URL(made.requests.find(({ template }) => template !== undefined)?.template ?? "");
    assert.equal(url.host, "s3.us-east-1.amazonaws.com");
    const [, Bucket, Key] = /^\/([^/]+)\/(beam-chat-sessions\/chat-sessions\/template\.json)$/.exec(url.pathname) ?? [];
    await files.send(new PutObjectCommand({ Bucket, Key, Body: "another" }));
    const VersionId = url.searchParams.get("versionId") ?? "";
    const { Body } = await files.send(new GetObjectCommand({ Bucket, Key, VersionId }));
    assert.deepEqual(JSON.parse((await Body?.transformToString()) ?? ""), await m.template(name));
    assert.deepEqual(changes(await m.done("update", "--jar", m.jars.one, "--log-retention-days", "7")).slice(-2), [
      "UpdateStack",
      "StartApplication",
    ]);
    const template = await m.template(name);
    assert.ok(Buffer.byteLength(JSON.stringify(template)) > 80_000);
    const { written } = await m.done("status");
    for (const text of [LONG_TAXONOMY, LONG_RULES]) assert.ok(written.some((line) => line.endsWith(` = ${text}`)));
    await m.done("destroy", "--yes");
  });

  it("goes to no bucket of another account, and every request says whose it must be", async () => {
    const { refusal, requests } = await deploy("--bucket", "plain", "--bucket-owner", OTHER_ACCOUNT);
    assert.equal(refusal?.code, "ACCESS_DENIED");
    assert.deepEqual(changes({ requests }), []);
    const alone = await deploy("--bucket-owner", OTHER_ACCOUNT);
    assert.match(alone.refusal?.message ?? "", /--bucket-owner is only of use with a bucket of your own: add --bucket/);
    const owners = m.aws.requests().flatMap(({ owner, action }) => (/\/(plain|chat-)/.test(action) ? [owner] : []));
    assert.ok(owners.length > 10);
    // The test itself made a bucket, and replaced and read objects.
    const own = owners.filter((owner) => owner === "").length;
    assert.ok(own <= 7 && owners.every((owner) => ["", ACCOUNT, OTHER_ACCOUNT].includes(owner ?? "")), `${own}`);
  });
});
