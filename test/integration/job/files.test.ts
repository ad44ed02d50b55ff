/** The same chat from a stream, from files and from S3, on both runners: the same documents. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { erase } from "../../../src/cli/erase";
import { s3Client } from "../../../src/io/files/client";
import { type AwsStandIn, startAws } from "../../support/aws/stand-in";
import { PYTHON_LIMIT_MS, pythonFor } from "../../support/aws/python";
import { chatJobs, DISORDER_MS } from "../../support/chat/chat-job";
import { documentsOf } from "../../support/chat/documents";
import { type JobResult, type JobTargets, runJob, startJob } from "../../support/chat/job";
import { randomChat } from "../../support/chat/random-chat";
import type { SentMessage } from "../../support/chat/sent";
import { assertResult, assertStored } from "../../support/chat/verdict";
import { encodeMessage, putChat } from "../../support/kinesis/producer";
import { StoredIndex } from "../../support/opensearch/stored";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";

const FLAGS = ["--allowed-disorder", `${DISORDER_MS}ms`, "--concurrency", "64"];
const FLINK = ["--runner", "flink", "--max-bundle-time", "50ms"];
const STREAM = "files-chat";
const BUCKET = "chats";
/** Fields that differ: where the messages were, and when they were indexed. */
const OF_THE_SOURCE = ["positions", "stream", "indexedAt"];
const DAY_MS = 86_400_000;

describe("the job on files", function () {
  this.timeout(240_000);
  const { services } = chatJobs();
  let folder: TemporaryFolder;
  let sent: readonly SentMessage[];
  let ofStream: ReadonlyMap<string, unknown>;
  /** Files that hold the chat in the order in which it was sent, and end anywhere. */
  let files: ReadonlyMap<string, Buffer>;

  before(async () => {
    folder = await temporaryFolder("files");
    const shape = { users: 40, messagesPerUser: 30, startMs: Date.now() - 2 * DAY_MS, disorderMs: DISORDER_MS };
    const chat = randomChat(31, { ...shape, aggregated: 0.15 });
    await services().kinesis.createStream(STREAM, 1);
    sent = await putChat(services().kinesis.client, STREAM, chat);
    const targets = services().targets(STREAM);
    assertResult(await runJob(targets, ["--once", ...FLAGS]), sent);
    ofStream = await documentsOf(targets, ...OF_THE_SOURCE);
    const lines = chat.flatMap(({ messages }) => messages.map((message) => `${encodeMessage(message).toString()}\n`));
    const part = (from: number, to: number): Buffer => Buffer.from(lines.slice(from, to).join(""));
    files = new Map([
      ["2026/01/a.jsonl", part(0, 400)],
      ["2026/01/b.gz", gzipSync(part(400, 401))],
      ["2026/02/a", part(401, 900)],
      ["2026/11/c.gz", Buffer.concat([gzipSync(part(900, 1_000)), gzipSync(part(1_000, lines.length))])],
    ]);
    for (const [name, content] of files) {
      const file = path.join(folder.path, "chat", name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  });
  after(() => folder?.remove());

  const targetsOf = (index: string, ...input: readonly string[]): JobTargets => ({
    ...services().targets(STREAM),
    index,
    input,
  });
  const localFolder = (): string => path.join(folder.path, "chat");

  async function assertSame(targets: JobTargets, result: JobResult): Promise<void> {
    assertResult(result, sent);
    await assertStored(services().openSearch.url(), targets.index, sent);
    assert.deepEqual(await documentsOf(targets, ...OF_THE_SOURCE), ofStream);
  }

  it("makes the same documents of a folder as of the stream, which know each other", async () => {
    const targets = targetsOf("files-folder", localFolder());
    await assertSame(targets, await runJob(targets, FLAGS));
    const again = await runJob(targetsOf(STREAM, localFolder()), FLAGS);
    assertResult(again, sent, "all");
  });

  it("makes the same on Flink, where two partitions share the files", async () => {
    const targets = targetsOf("files-flink", localFolder());
    await assertSame(targets, await runJob(targets, [...FLAGS, ...FLINK]));
  });

  it("reads an export as it comes, and says in dead letters where the trouble lies and what would help", async () => {
    const shop = path.join(folder.path, "shop.jsonl");
    const messages = ["a", "b"].map((content) =>
      JSON.stringify({ userId: "u", content, timestamp: Date.now() - DAY_MS }),
    );
    const held = JSON.stringify({ "detail-type": "chat", detail: JSON.parse(messages[0]!) as unknown });
    await writeFile(shop, `${messages.join("")}\n${held}\n`);
    const targets = targetsOf("files-shapes", shop);
    const refused = await runJob(targets, ["--concurrency", "64"]);
    assert.deepEqual([refused.read, refused.deadLetters], [2, 2]);
    const letters = await new StoredIndex(targets.openSearch, "files-shapes").deadLetters();
    assert.deepEqual(letters.map(({ placeKey }) => placeKey).toSorted(), [
      "shop.jsonl/0/0",
      `shop.jsonl/${messages.join("").length + 1}/0`,
    ]);
    const opened = await runJob(targets, ["--record-values", "many", "--envelope", "eventbridge"]);
    assert.deepEqual([opened.read, opened.indexed, opened.duplicates, opened.deadLetters], [3, 2, 1, 0]);
  });

  it("brings an export through to the search, by field options alone", async () => {
    const list = "entry.changes.value.messages";
    const fields = ["--user-field", `${list}.from`, "--content-field", `${list}.text.body`];
    const ids = ["--timestamp-field", `${list}.timestamp`, "--message-id-field", `${list}.id`];
    const targets = targetsOf("files-export", path.resolve(__dirname, "../../data/exports/whatsapp.jsonl"));
    // A checkout may be older than the chat in it.
    const result = await runJob(targets, ["--messages-field", list, ...fields, ...ids, "--max-future", "3650d"]);
    assert.deepEqual([result.read, result.indexed, result.documents], [3, 3, 2]);
    const found = [...(await documentsOf(targets)).values()].map((each) => (each as { userId: string }).userId);
    assert.deepEqual(found.toSorted(), ["4917000000001", "4917000000002"]);
  });

  describe("in S3", function () {
    let aws: AwsStandIn;
    let endpoint: string;

    before(async function () {
      this.timeout(PYTHON_LIMIT_MS);
      aws = await startAws(await pythonFor(this));
      endpoint = aws.environment["AWS_ENDPOINT_URL"]!;
      const client = s3Client({ region: "us-east-1", endpoint });
      await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
      for (const [name, Body] of files) {
        await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `history/${name}`, Body }));
      }
      client.destroy();
    });
    after(() => aws?.stop());

    it("makes the same documents of a prefix", async () => {
      const targets = targetsOf("files-s3", `s3://${BUCKET}/history/2026`);
      await assertSame(targets, await runJob(targets, [...FLAGS, "--s3-endpoint", endpoint]));
    });

    it("makes the same of a prefix on Flink, whose workers read the objects", async () => {
      const targets = targetsOf("files-s3-flink", `s3://${BUCKET}/history/2026`);
      await assertSame(targets, await runJob(targets, [...FLAGS, ...FLINK, "--s3-endpoint", endpoint]));
    });

    it("keeps receipts of erasures, by which all is erased again after a restore", async () => {
      const targets = targetsOf("files-erased", localFolder());
      assertResult(await runJob(targets, FLAGS), sent);
      const before = await documentsOf(targets);
      const users = [...new Set([...before.values()].map((each) => (each as { userId: string }).userId))];
      const [ann = "", bob = ""] = users;
      const addresses = [
        "--opensearch-endpoint",
        targets.openSearch,
        "--index",
        "files-erased",
        "--region",
        "us-east-1",
      ];
      const receipts = ["--receipts", `s3://${BUCKET}/receipts`, "--s3-endpoint", endpoint, "--by", "the officer"];
      const run = (...words: readonly string[]) => erase([...words, ...addresses, ...receipts], {}, () => undefined);
      const erased = await Promise.all([run("--user", ann), run("--user", bob)]);
      assert.deepEqual(
        erased.map(({ exitCode }) => exitCode),
        [0, 0],
      );
      const rest = await documentsOf(targets);
      assert.ok(rest.size < before.size);
      // A restored snapshot has neither the erasure nor its mark.
      for (const name of ["files-erased", "files-erased-ledger"])
        assert.equal((await fetch(`${targets.openSearch}/${name}`, { method: "DELETE" })).status, 200);
      assertResult(await runJob(targets, FLAGS), sent);
      assert.equal((await documentsOf(targets)).size, before.size);
      const again = await run("reapply");
      assert.equal(again.exitCode, 0, again.text);
      assert.match(again.text, /^Erased of 2 session keys: /);
      assert.deepEqual([...(await documentsOf(targets)).keys()].toSorted(), [...rest.keys()].toSorted());
      const replay = await runJob(targets, FLAGS);
      assert.equal(replay.read, replay.alreadyIndexed + (replay.suppressed ?? 0) + replay.duplicates);
      const objects = await receiptsIn();
      assert.equal(objects.length, 2);
      for (const text of objects) {
        assert.ok(![ann, bob].some((user) => text.includes(`"${user}"`)), "a receipt tells no user");
        assert.match(text, /"by": "the officer"[^]*"reapplied"/);
      }
      await assert.rejects(
        erase(
          ["reapply", ...addresses, "--receipts", "s3://no-such-bucket", "--s3-endpoint", endpoint],
          {},
          () => undefined,
        ),
        /no-such-bucket/,
      );
    });

    async function receiptsIn(): Promise<readonly string[]> {
      const client = s3Client({ region: "us-east-1", endpoint });
      try {
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "receipts/" }));
        return await Promise.all(
          Contents.map(async ({ Key }) => {
            const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
            return (await Body?.transformToString()) ?? "";
          }),
        );
      } finally {
        client.destroy();
      }
    }

    it("refuses a bucket or prefix without objects before anything starts", async () => {
      const refused = async (address: string): Promise<string> => {
        const { exitCode, stderr } = await startJob(targetsOf("none", address), ["--s3-endpoint", endpoint]).ended;
        assert.notEqual(exitCode, 0);
        return stderr.trim().split("\n").at(-1) ?? "";
      };
      const [prefix, bucket] = await Promise.all([refused(`s3://${BUCKET}/nothing/`), refused("s3://no-such-bucket")]);
      assert.equal(prefix, `s3://${BUCKET}/nothing/ has no object with content in it.`);
      assert.equal(bucket, "The bucket of s3://no-such-bucket/ does not exist (NoSuchBucket): check its name.");
    });
  });
});
