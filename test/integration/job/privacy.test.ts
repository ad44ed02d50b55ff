/** Canaries in every field of records, and a look into every place where they must not come out. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { startLocalReceiver } from "../../../src/local/receiver/server";
import { pythonFor, PYTHON_LIMIT_MS } from "../../support/aws/python";
import { startAws } from "../../support/aws/stand-in";
import { newKmsKey, withKms, wrap } from "../../support/aws/wrapped-key";
import { type JobEnd, type JobTargets, resultOf, runJob, startJob } from "../../support/chat/job";
import { type RecordingProxy, startRecordingProxy } from "../../support/faults/recording-proxy";
import { putRaw } from "../../support/kinesis/producer";
import { CANARIES, canariesIn, canaryRecords, indexed } from "../../support/privacy/canaries";
import { startServices, type TestServices } from "../../support/services";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";

const run = promisify(execFile);
const STORED = z.looseObject({
  userId: z.string(),
  messages: z.array(z.looseObject({ content: z.string() })),
  alerts: z.array(z.string()).default([]),
});
type StoredSession = z.infer<typeof STORED>;
const SEARCH = z.object({ hits: z.object({ hits: z.array(z.object({ _source: STORED })) }) });
const LETTERS = z.object({ letters: z.array(z.looseObject({ id: z.string(), code: z.string() })) });

const ROOT = path.resolve(__dirname, "../../..");
const CONVERSATION = ["--role-field", "role", "--attributes", "channel=meta.channel"];
const KEY = "k".repeat(32);
const SMALL = ["--max-message-bytes", "4KiB", "--max-age", "30d"];

describe("canaries in every field of records", function () {
  this.timeout(240_000);
  let services: TestServices;
  let bedrock: RecordingProxy;
  let folder: TemporaryFolder;
  let redact: readonly string[];

  before(async () => {
    [services, folder] = await Promise.all([startServices(), temporaryFolder("canaries")]);
    bedrock = await startRecordingProxy(services.bedrock.url);
    const { publicKey, privateKey } = generateKeyPairSync("x25519");
    writeFileSync(file("public.pem"), publicKey.export({ type: "spki", format: "pem" }));
    writeFileSync(file("private.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    writeFileSync(file("key"), KEY);
    redact = ["--redact", "all", "--letter-key", file("public.pem"), ...CONVERSATION, ...SMALL];
  });
  after(async () => {
    await bedrock?.close();
    await services?.stop();
    await folder?.remove();
  });

  const file = (name: string): string => path.join(folder.path, name);

  async function put(stream: string): Promise<JobTargets> {
    await services.kinesis.createStream(stream, 1);
    const records = canaryRecords(Date.now() - 3_600_000);
    const raw = records.map((text, index) => ({ partitionKey: String(index), data: Buffer.from(text) }));
    await putRaw(services.kinesis.client, stream, raw);
    bedrock.bodies.length = 0;
    return { ...services.targets(stream), bedrock: bedrock.url };
  }

  /** Everything that a run has left anywhere. */
  async function left(targets: JobTargets, { stdout, stderr }: Pick<JobEnd, "stdout" | "stderr">) {
    return [
      ...canariesIn("the index", await indexed(targets)),
      ...canariesIn("a model's request", bedrock.bodies.join("\n")),
      ...canariesIn("standard output", stdout),
      ...canariesIn("a log", stderr),
    ];
  }

  /** Asynchronous, since a command asks the recording proxy of this process. */
  async function command(targets: JobTargets, words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> {
    const { kinesis, bedrock: own, openSearch, index, stream } = targets;
    const addresses = ["--kinesis-endpoint", kinesis, "--bedrock-endpoint", own, "--opensearch-endpoint", openSearch];
    const names = ["--stream", stream, "--index", index, "--dead-letter-index", `${index}-dead-letters`];
    const node = ["-r", "ts-node/register/transpile-only", "src/main.ts", ...words];
    const env = { ...process.env, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", ...more };
    return (await run(process.execPath, [...node, ...addresses, ...names], { cwd: ROOT, env })).stdout;
  }
  /** The doctor's findings, sound or not. */
  const examined = (targets: JobTargets, flags: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> =>
    command(targets, ["doctor", ...flags], more).catch(({ stdout }: { readonly stdout: string }) => stdout);
  const deadLetters = (targets: JobTargets, ...words: readonly string[]): Promise<string> =>
    command(targets, ["dead-letters", ...words]);

  /** Texts of all messages in the documents, and the fields of sessions, of one index. */
  async function documents({ openSearch, index }: JobTargets): Promise<readonly StoredSession[]> {
    await fetch(`${openSearch}/${index}/_refresh`, { method: "POST" });
    const answer = await fetch(`${openSearch}/${index}/_search?size=100`);
    const { hits } = SEARCH.parse(await answer.json()).hits;
    return hits.map(({ _source }) => _source);
  }

  it("come out nowhere, and sealed letters are redriven by their private key alone", async () => {
    const targets = await put("canaries");
    const end = await startJob(targets, ["--once", "--log-level", "debug", ...redact]).ended;
    const { read, deadLetters: letters } = resultOf(end);
    assert.deepEqual([read, letters], [33, 8]);
    assert.deepEqual(await left(targets, end), []);
    assert.match(await indexed(targets), /my own is \[CARD\], thanks/);
    for (const { messages, alerts } of await documents(targets)) {
      const hasCard = messages.some(({ content }) => content.includes("[CARD]"));
      assert.equal(alerts.includes("card"), hasCard, "what was redacted is named");
    }

    const { letters: listed } = LETTERS.parse(JSON.parse(await deadLetters(targets, "list", "--json")));
    const { id } = listed.find(({ code }) => code === "TOO_LARGE")!;
    const closed = await deadLetters(targets, "show", id);
    assert.match(closed, /content is sealed/);
    assert.deepEqual(canariesIn("a sealed letter", closed), []);
    const privateKey = ["--letter-private-key", file("private.pem")];
    assert.ok((await deadLetters(targets, "show", id, ...privateKey)).includes(CANARIES.card));
    const again = ["redrive", ...redact, "--max-message-bytes", "16KiB", "--id", id];
    await assert.rejects(deadLetters(targets, ...again), /sealed for key .*--letter-private-key/);
    assert.match(await deadLetters(targets, ...again, ...privateKey), /1 succeeded/);
    assert.deepEqual(canariesIn("the index after a redrive", await indexed(targets)), []);
  });

  it("come out where the policy allows it, and only there", async () => {
    const targets = await put("canaries-somewhere");
    const drop = [...CONVERSATION, ...SMALL, "--letters", "drop", "--redact", "all"];
    const forIndex = { ...targets, index: "for-index" };
    await runJob(forIndex, ["--once", ...drop, "--redact-where", "index", "--redact-mask", "pii"]);
    assert.deepEqual(canariesIn("the index", JSON.stringify(await documents(forIndex))), []);
    assert.ok(
      bedrock.bodies.some((body) => body.includes(CANARIES.card)),
      "the model reads originals",
    );
    bedrock.bodies.length = 0;
    const forModel = { ...targets, index: "for-model" };
    await runJob(forModel, ["--once", ...drop, "--redact-where", "model"]);
    assert.deepEqual(canariesIn("a model's request", bedrock.bodies.join("\n")), []);
    assert.ok(JSON.stringify(await documents(forModel)).includes(CANARIES.card), "the index has originals");
    assert.match(await deadLetters(forModel, "redrive"), /8 dead letters without content/);
  });

  it("in the names of users come out nowhere where users have pseudonyms", async () => {
    const targets = await put("canaries-users");
    const users = Object.values(CANARIES).map((userId) => JSON.stringify({ userId, content: "hi", chat: userId }));
    const raw = users.map((text) => ({ partitionKey: "0", data: Buffer.from(text) }));
    await putRaw(services.kinesis.client, targets.stream, raw);
    const keyed = ["--pseudonymise-users", "--redact-key-file", file("key"), "--redact-mask", "pseudonym"];
    for (const sessions of [[], ["--session-key", "userId+chat"]]) {
      const index = `users-${sessions.length}`;
      const end = await startJob({ ...targets, index }, ["--once", ...redact, ...keyed, ...sessions]).ended;
      resultOf(end);
      assert.deepEqual(await left({ ...targets, index }, end), []);
      for (const { userId } of await documents({ ...targets, index })) assert.match(userId, /^pseudonym-/);
    }
  });

  it("have the pseudonyms of the key's own file where KMS unwraps it, as it does the key that signs alerts", async function () {
    this.timeout(PYTHON_LIMIT_MS);
    const aws = await startAws(await pythonFor(this));
    const receiver = await startLocalReceiver(0, Buffer.from(KEY));
    try {
      const [{ keyArn, wrapped }, signing] = await withKms(aws.environment, async (client) => {
        const arn = await newKmsKey(client);
        return [await wrap(client, arn, KEY), await wrap(client, arn, KEY, "beam-chat-sessions-webhook")] as const;
      });
      writeFileSync(file("wrapped"), `${wrapped}\n`);
      const targets = await put("canaries-wrapped");
      const flags = ["--once", ...redact, "--pseudonymise-users", "--redact-mask", "pseudonym"];
      const byFile = { ...targets, index: "by-file" };
      await runJob(byFile, [...flags, "--redact-key-file", file("key")]);
      const byKms = { ...targets, index: "by-kms" };
      const key = ["--redact-key-wrapped", file("wrapped"), "--redact-kms-key", keyArn];
      const env = { AWS_ENDPOINT_URL_KMS: aws.environment["AWS_ENDPOINT_URL"] };
      const signed = ["--alert-webhook", receiver.url, "--alert-webhook-key-wrapped", signing.wrapped];
      const alerting = [...signed, "--alert-webhook-kms-key", signing.keyArn];
      const end = await startJob(byKms, [...flags, ...key, ...alerting], env).ended;
      resultOf(end);
      assert.deepEqual(await left(byKms, end), []);
      // It takes what the same key has signed, and nothing else.
      assert.ok(receiver.received().length > 0);
      const texts = async (of: JobTargets): Promise<readonly string[]> =>
        (await documents(of)).map(({ userId, messages }) => JSON.stringify([userId, messages])).toSorted();
      assert.deepEqual(await texts(byKms), await texts(byFile));
      assert.equal(
        aws.requests().filter(({ action }) => action === "Decrypt").length,
        4,
        "each key at the start, and once after",
      );
      const unknown = [...flags, ...key.with(-1, keyArn.replace(/.{4}$/, "0000"))];
      const wrong = await startJob(byKms, unknown, env).ended;
      assert.equal(wrong.exitCode, 1);
      assert.match(wrong.stderr, /there is no KMS key .*0000: check --redact-kms-key/);
      assert.match(
        await examined(byKms, [...flags, ...key], env),
        /^ok +kms:Decrypt arn:(.*\n)*ok +opensearch: index by-kms-ledger: /m,
      );
      assert.match(
        await examined(byKms, unknown, env),
        /^WRONG +kms:Decrypt arn:.*\n.*there is no KMS key .*0000: check --redact-kms-key/m,
      );
    } finally {
      await receiver.close();
      await aws.stop();
    }
  });

  it("in the name of a user are found under one key, and every other one is refused", async () => {
    const targets = await put("canaries-keys");
    writeFileSync(file("other"), "o".repeat(32));
    const keyed = ["--once", ...redact, "--pseudonymise-users", "--redact-key-file"];
    await runJob(targets, [...keyed, file("key")]);
    const held = (await documents(targets)).length;
    const OTHER = /The pseudonyms that belong to index "canaries-keys-ledger" are made with another key/;
    const job = await startJob(targets, [...keyed, file("other")]).ended;
    assert.equal(job.exitCode, 1);
    assert.match(job.stderr, OTHER);
    const again = [...keyed.slice(1), file("other"), "--letter-private-key", file("private.pem")];
    const refused = { stderr: OTHER };
    await assert.rejects(deadLetters(targets, "redrive", ...again), refused);
    await assert.rejects(command(targets, ["page", "--redrive", ...again.slice(0, -2)]), refused);
    await assert.rejects(command(targets, ["renew", "run", ...keyed.slice(1), file("other")]), refused);
    assert.match(
      await examined(targets, [...keyed.slice(1), file("other")]),
      /^WRONG +opensearch: index canaries-keys-ledger: INDEX_MISFIT.*\n.*made with another key/m,
    );
    assert.equal((await documents(targets)).length, held);
    assert.match(await deadLetters(targets, "redrive", ...again.with(-3, file("key"))), /8 dead letters redriven/);
  });

  it("leave no second message behind, however redaction changes between replays, and go from what is there", async () => {
    const stream = "canaries-replayed";
    await services.kinesis.createStream(stream, 1);
    const texts = Object.entries(CANARIES).map(([name, value], index) => {
      const id = index % 2 === 0 ? { messageId: name } : {};
      return JSON.stringify({ userId: "u1", content: `${name}: ${value}.`, timestamp: Date.now() + index, ...id });
    });
    const raw = texts.map((text) => ({ partitionKey: "0", data: Buffer.from(text) }));
    await putRaw(services.kinesis.client, stream, raw);
    const targets = services.targets(stream);
    const drop = ["--letters", "drop"];
    const key = ["--redact-key-file", file("key")];
    const runs: readonly (readonly string[])[] = [
      [],
      [...drop, "--redact", "card,email"],
      [...drop, "--redact", "all"],
      [...drop, "--redact", "all", "--redact-mask", "pii"],
      [...drop, "--redact", "all", "--redact-mask", "pseudonym", ...key],
      [...drop, "--redact", "iban"],
      [],
    ];
    let alerts: readonly string[] | undefined;
    for (const [number, flags] of runs.entries()) {
      const { read, indexed: news, alreadyIndexed } = await runJob(targets, ["--once", ...flags]);
      assert.deepEqual([read, news, alreadyIndexed], number === 0 ? [5, 5, 0] : [5, 0, 5], `run ${number}`);
      const [document, ...others] = await documents(targets);
      assert.equal(others.length, 0, `run ${number} makes a second document`);
      assert.equal(document?.messages.length, 5, `run ${number} makes a second message`);
      const found = canariesIn(`run ${number}`, JSON.stringify(document));
      if (number >= 2) assert.deepEqual(found, []);
      // The summary's change with what its model may read.
      const told = document?.alerts.filter((rule) => !rule.startsWith("summary_"));
      alerts ??= told;
      assert.deepEqual(told, alerts, `run ${number} names other alerts of its messages`);
    }
    assert.ok(alerts?.includes("card"));
  });
});
