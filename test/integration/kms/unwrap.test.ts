/** Keys that KMS unwraps, against moto's KMS. */
import assert from "node:assert/strict";
import type { FatalCode } from "../../../src/chat/errors";
import { Pseudonyms } from "../../../src/chat/privacy/pseudonyms";
import type { WrappedKey } from "../../../src/chat/privacy/settings";
import { examineKeys } from "../../../src/cli/doctor/kms";
import { namesOf } from "../../../src/cli/erasure/names";
import { unwrapKey } from "../../../src/io/kms/unwrap";
import { redactorFor } from "../../../src/io/redactor";
import { webhookKeyFor } from "../../../src/io/webhook-key";
import { readOptions } from "../../../src/options";
import { pythonFor, PYTHON_LIMIT_MS } from "../../support/aws/python";
import { type AwsStandIn, startAws } from "../../support/aws/stand-in";
import { newKmsKey, withKms, wrap } from "../../support/aws/wrapped-key";
import { isFatal } from "../../support/chat/fatal";

const KEY = "k".repeat(32);
const NAMES = ["AWS_ENDPOINT_URL_KMS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;

describe("a key that KMS has wrapped", function () {
  this.timeout(PYTHON_LIMIT_MS);
  let aws: AwsStandIn;
  const saved = NAMES.map((name) => [name, process.env[name]] as const);

  before(async function () {
    aws = await startAws(await pythonFor(this));
    const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = aws.environment;
    Object.assign(process.env, { AWS_ENDPOINT_URL_KMS: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
  });
  after(async () => {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await aws?.stop();
  });

  const keyOf = async (content: string, purpose?: string): Promise<WrappedKey> =>
    withKms(aws.environment, async (client) => wrap(client, await newKmsKey(client), content, purpose));
  const decrypts = (): number => aws.requests().filter(({ action }) => action === "Decrypt").length;
  const refused = (key: WrappedKey, code: FatalCode, sentence: RegExp): Promise<void> =>
    assert.rejects(unwrapKey(key, 2), isFatal(code, sentence));

  it("makes the pseudonyms of the same key in a file, with or without a line break at its end", async () => {
    const { check } = new Pseudonyms(Buffer.from(KEY));
    for (const content of [KEY, `${KEY}\n`]) assert.equal((await unwrapKey(await keyOf(content))).check, check);
  });

  it("finds a person who is to be erased by the own id", async () => {
    const key = await keyOf(KEY);
    const asked = { kind: "user", id: "alice", key, isAsGiven: false } as const;
    const pseudonyms = new Pseudonyms(Buffer.from(KEY));
    const checks: string[] = [];
    const { names, former } = await namesOf(asked, {
      holdsPseudonyms: () => Promise.resolve(true),
      refuseOtherKey: async (check) => void checks.push(check),
    });
    assert.deepEqual([names, former], [[pseudonyms.ofId("user", "alice")], "alice"]);
    assert.deepEqual(checks, [pseudonyms.check]);
  });

  it("is tried by the doctor, who tells the rest whether it is the index's", async () => {
    const key = await keyOf(KEY);
    const flags = ["--pseudonymise-users", "--letters", "drop", "--redact-key-wrapped", key.wrapped];
    const signing = await keyOf(KEY, "beam-chat-sessions-webhook");
    const webhook = ["--alert-webhook", "https://127.0.0.1:9", "--alert-webhook-key-wrapped", signing.wrapped];
    flags.push(...webhook, "--alert-webhook-kms-key", signing.keyArn);
    const settingsFor = (keyArn: string) =>
      readOptions(["--stream", "chat", ...flags, "--redact-kms-key", keyArn], {}).pipelineSettings({}, 0);
    const { findings, settings } = await examineKeys(settingsFor(key.keyArn));
    assert.deepEqual(
      findings.map(({ name, verdict }) => [name, verdict]),
      [key, signing].map(({ keyArn }) => [`kms:Decrypt ${keyArn}`, "ok"]),
    );
    assert.equal(settings.openSearch.keyCheck, new Pseudonyms(Buffer.from(KEY)).check);
    const gone = await examineKeys(settingsFor(key.keyArn.replace(/[^/]+$/, "gone")));
    assert.equal(gone.findings[0]?.verdict, "wrong");
    assert.match(gone.findings[0].cure ?? "", /there is no KMS key .*check --redact-kms-key/);
    assert.equal(gone.settings.openSearch.keyCheck, undefined);
  });

  it("is asked for once by all stages of a process", async () => {
    const key = await keyOf(KEY);
    const kept = new Map<string, unknown>();
    const shared = {
      get<T>(name: string, open: () => T): T {
        if (!kept.has(name)) kept.set(name, open());
        return kept.get(name) as T;
      },
    };
    const before = decrypts();
    const privacy = { pseudonymisesUsers: true, key } as const;
    const redactors = await Promise.all([1, 2, 3].map(() => redactorFor(privacy, shared)));
    assert.equal(decrypts() - before, 1);
    const message = { userId: "alice", content: "hi", timestampMs: 1, arrivalMs: 1 };
    const position = { shardId: "s", sequenceNumber: "1", subSequenceNumber: 0 };
    const users = redactors.map((redactor) => redactor.message({ ...message, position }).userId);
    assert.equal(new Set(users).size, 1);
    assert.match(users[0]!, /^pseudonym-/);
  });

  it("is refused in one sentence where it was wrapped for something else, is damaged or too short", async () => {
    await refused(await keyOf(KEY, "other"), "BAD_OPTION", /not wrapped by .* purpose=beam-chat-sessions-redaction/);
    const one = await keyOf(KEY);
    const damaged = Buffer.from(one.wrapped, "base64");
    damaged[damaged.length - 1]! ^= 1;
    await refused({ ...one, wrapped: damaged.toString("base64") }, "BAD_OPTION", /not wrapped by/);
    await refused(await keyOf("short"), "BAD_OPTION", /--redact-key-wrapped holds 5 bytes, less than 32/);
  });

  it("signs alerts as the file of the same key does, if it was wrapped for that", async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const key = await keyOf(`${secret}\n`, "beam-chat-sessions-webhook");
    assert.deepEqual(Buffer.from(await webhookKeyFor(key)), Buffer.alloc(32, 7));
    const refusedFor = (other: WrappedKey, sentence: RegExp): Promise<void> =>
      assert.rejects(webhookKeyFor(other, { maxAttempts: 2 }), isFatal("BAD_OPTION", sentence));
    await refusedFor(await keyOf(secret), /^--alert-webhook-key-wrapped .*purpose=beam-chat-sessions-webhook/);
    await refusedFor(await keyOf("short", "beam-chat-sessions-webhook"), /the key in it is too short/);
  });

  it("is refused where the KMS key is gone", async () => {
    const key = await keyOf(KEY);
    const gone = key.keyArn.replace(/[^/]+$/, "11111111-2222-3333-4444-555555555555");
    await refused({ ...key, keyArn: gone }, "BAD_OPTION", /there is no KMS key .*5555: check --redact-kms-key/);
  });

  it("says at the start when KMS does not answer", async () => {
    const key = await keyOf(KEY);
    const endpoint = process.env["AWS_ENDPOINT_URL_KMS"];
    process.env["AWS_ENDPOINT_URL_KMS"] = "http://127.0.0.1:9";
    try {
      await refused(key, "SERVICE_UNREACHABLE", /KMS does not answer in us-east-1 .*endpoint for KMS/);
    } finally {
      process.env["AWS_ENDPOINT_URL_KMS"] = endpoint;
    }
  });
});
