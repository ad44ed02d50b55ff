/** A person is erased while the job runs, and a replay of the whole stream brings nothing back. */
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { keyHash } from "../../../src/chat/steps/ids/key-hash";
import { erase } from "../../../src/cli/erase";
import type { Receipt } from "../../../src/cli/erasure/receipt";
import { type LocalReceiver, startLocalReceiver } from "../../../src/local/receiver/server";
import { chatJobs } from "../../support/chat/chat-job";
import { type JobResult, type JobTargets, resultOf, runJob, startJob } from "../../support/chat/job";
import { putRaw } from "../../support/kinesis/producer";
import { allText, hitsOf } from "../../support/opensearch/all-text";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  direct: [],
  flink: ["--runner", "flink", "--parallelism", "2", "--max-bundle-time", "50ms"],
};
const BOUNDS = ["--session-gap", "10s", "--allowed-disorder", "1s", "--idle-timeout", "1s"];
/** Words of ann's messages, and her name. */
const ANN = /"ann"|canary/;
/** By this hash alone, alerts and letters tell that they are ann's. */
const HASH = new RegExp(keyHash("ann"));
const CARD = "4111 1111 1111 1111";

function isOfAnn(event: unknown): boolean {
  return HASH.test(JSON.stringify(event));
}

function unaccounted({ read, indexed, alreadyIndexed, duplicates, suppressed = 0, deadLetters }: JobResult): number {
  return read - indexed - alreadyIndexed - duplicates - suppressed - deadLetters;
}

describe("a user who is erased", function () {
  this.timeout(240_000);
  const { services } = chatJobs();
  let folder: TemporaryFolder;
  let receiver: LocalReceiver;
  let keyFile: string;
  before(async () => {
    folder = await temporaryFolder("erase");
    keyFile = path.join(folder.path, "key");
    await writeFile(keyFile, "k".repeat(40));
    receiver = await startLocalReceiver(0, Buffer.from("k".repeat(40)));
  });
  after(async () => {
    await receiver?.close();
    await folder?.remove();
  });

  const put = (stream: string, user: string, message: object): Promise<unknown> =>
    putRaw(services().kinesis.client, stream, [
      { partitionKey: user, data: Buffer.from(JSON.stringify({ userId: user, ...message })) },
    ]);
  const eraseBy = (targets: JobTargets, receipts: string, ...flags: readonly string[]) =>
    erase(
      [...flags, "--opensearch-endpoint", targets.openSearch, "--index", targets.index, "--receipts", receipts],
      {},
      () => undefined,
    );

  for (const [runner, runnerFlags] of Object.entries(RUNNERS)) {
    it(`leaves all indexes, and no replay brings anything back, on ${runner}`, async () => {
      const stream = `erase-${runner}`;
      // One of each lane.
      const alerts = runner === "direct" ? 2 : 0;
      const targets = services().targets(stream);
      const { openSearch: url } = targets;
      const receipts = path.join(folder.path, runner);
      await services().kinesis.createStream(stream, 1);
      await put(stream, "ann", { content: alerts === 0 ? "canary one" : `canary one ${CARD}` });
      await put(stream, "bob", { content: "hello" });
      await put(stream, "ann", { text: "canary without content" });
      const alerting = ["--alert-webhook", receiver.url, "--alert-webhook-key", keyFile];
      const toldBefore = receiver.received().length;
      const told = (): readonly unknown[] =>
        receiver
          .received()
          .slice(toldBefore)
          .filter(({ event }) => isOfAnn(event));
      const job = startJob(targets, ["--start-position", "TRIM_HORIZON", ...BOUNDS, ...alerting, ...runnerFlags]);
      try {
        await until(
          "both sessions and the letter are there",
          async () => {
            // An index that is just being made has no shards to search yet.
            const texts = await allText(url, stream).catch(() => new Map<string, readonly string[]>());
            const count = (name: string): number => texts.get(name)?.length ?? 0;
            const isLogged = count(`${stream}-alerts`) >= alerts && told().length >= alerts;
            return count(stream) === 2 && count(`${stream}-dead-letters`) === 1 && isLogged;
          },
          90_000,
        );
        assert.ok((await hitsOf(url, stream, ANN)).length >= 3, "the document, its ledger and the letter");
        const alertsOfAnn = (await hitsOf(url, `${stream}-alerts`, HASH)).length;
        assert.equal(alertsOfAnn, told().length, "one of each lane");
        // This session is open when she is erased.
        await put(stream, "ann", { content: "canary two" });
        await sleep(1_500);
        const erased = await eraseBy(targets, receipts, "--user", "ann", "--by", "the officer");
        assert.equal(erased.exitCode, 0, erased.text);
        assert.match(erased.text, /^Erased of 1 session key: 1 document, 1 dead letter, [02] alerts\./);
        assert.deepEqual(await hitsOf(url, stream, ANN), []);
        assert.deepEqual(await hitsOf(url, `${stream}-alerts`, HASH), []);
        await sleep(16_000);
        assert.deepEqual(await hitsOf(url, stream, ANN), [], "the open session has closed since");
        // Her messages after the erasure are kept again.
        await put(stream, "ann", { content: "welcome back" });
        await until(
          "her new session is indexed",
          async () => (await hitsOf(url, stream, /welcome/)).length === 1,
          60_000,
        );
      } finally {
        job.signal("SIGINT");
      }
      const ended = resultOf(await job.ended);
      assert.equal(ended.suppressed, 1);
      await checkReceipt(receipts, alerts);

      const before = told().length;
      const ofRunner = runner === "direct" ? [] : runnerFlags;
      const replay = await runJob(targets, ["--once", ...BOUNDS, ...alerting, ...ofRunner]);
      assert.equal(told().length, before, "no receiver is told again");
      assert.deepEqual(await hitsOf(url, `${stream}-alerts`, HASH), []);
      const { alertsRaised, alertsSuppressed, alertsLogged } = replay as Record<string, unknown>;
      const once = alerts === 0 ? undefined : 1;
      assert.deepEqual([alertsRaised, alertsSuppressed, alertsLogged], [once, once, undefined]);
      assert.equal(unaccounted(replay), 0);
      assert.deepEqual(
        [replay.read, replay.suppressed, replay.alreadyIndexed, replay.indexed, replay.deadLetters],
        [5, 3, 2, 0, 0],
      );
      assert.deepEqual(await hitsOf(url, stream, /canary/), []);

      const again = await eraseBy(targets, receipts, "--user", "ann");
      assert.match(again.text, /: 1 document, 0 dead letters/);
      assert.deepEqual(await hitsOf(url, stream, /"ann"|canary|welcome/), []);
      const ledgers = (await allText(url, stream)).get(`${stream}-ledger`) ?? [];
      const own = ledgers.filter((text) => text.includes("erasedBefore"));
      assert.equal(own.length, 1);
      assert.deepEqual(Object.keys(JSON.parse(own[0]!) as object), ["erasedBefore", "entries"]);
    });
  }

  it("is found by the id where users have pseudonyms, and not without their key", async () => {
    const stream = "erase-pseudonyms";
    const targets = services().targets(stream);
    const { openSearch: url } = targets;
    const receipts = path.join(folder.path, "pseudonyms");
    await services().kinesis.createStream(stream, 1);
    await put(stream, "ann", { content: `canary ${CARD}` });
    await put(stream, "ann", { content: "and another one" });
    await put(stream, "ann", { text: "canary without content" });
    await put(stream, "bob", { content: "hello" });
    const pseudonymous = ["--pseudonymise-users", "--redact-key-file", keyFile, "--letters", "drop"];
    const flags = ["--once", ...BOUNDS, ...pseudonymous];
    const first = await runJob(targets, flags);
    assert.deepEqual([first.indexed, first.deadLetters], [3, 1]);
    const count = async (): Promise<readonly number[]> =>
      Promise.all(
        ["", "-dead-letters", "-alerts"].map(async (end) => {
          return (await allText(url, stream)).get(`${stream}${end}`)?.length ?? 0;
        }),
      );
    const [documents, letters, alerts = 0] = await count();
    assert.deepEqual([documents, letters], [2, 1]);
    assert.ok(alerts >= 1);
    assert.deepEqual(await hitsOf(url, stream, HASH), [], "not even the hash of the id is there");

    await assert.rejects(
      eraseBy(targets, receipts, "--user", "ann"),
      /holds pseudonyms in the place of users, and nothing was erased yet: give the job's key \(--redact-key-file/,
    );
    assert.deepEqual(await count(), [2, 1, alerts]);
    const otherKey = path.join(folder.path, "other-key");
    await writeFile(otherKey, "o".repeat(40));
    const OTHER = /The pseudonyms that belong to index "erase-pseudonyms-ledger" are made with another key/;
    for (const whom of ["--user", "--session-key"])
      await assert.rejects(eraseBy(targets, receipts, whom, "ann", "--redact-key-file", otherKey), OTHER);
    assert.deepEqual(await readdir(receipts).catch(() => []), [], "nothing was begun");
    assert.deepEqual(await count(), [2, 1, alerts]);
    const keyed = ["--user", "ann", "--redact-key-file", keyFile];
    const { text } = await eraseBy(targets, receipts, ...keyed);
    assert.match(text, new RegExp(`^Erased of 1 session key: 1 document, 1 dead letter, ${alerts} alerts?\\.`));
    assert.doesNotMatch(text, /Nothing was found/);
    const marked = (await allText(url, stream)).get(`${stream}-ledger`)?.filter((own) => own.includes("erasedBefore"));
    assert.equal(marked?.length, 1, "the pseudonym, and not the id, whose hash would tell who it is");
    assert.deepEqual(await count(), [1, 0, 0]);
    for (const name of await readdir(receipts))
      assert.doesNotMatch(await readFile(path.join(receipts, name), "utf8"), /ann|canary|pseudonym-/);
    const replay = await runJob(targets, flags);
    assert.deepEqual([replay.suppressed, replay.indexed, replay.deadLetters, unaccounted(replay)], [3, 0, 0, 0]);
    assert.deepEqual(await count(), [1, 0, 0]);
    // The pseudonym itself needs no key.
    const [left = ""] = await hitsOf(url, stream, /"hello"/);
    const [pseudonym = ""] = /pseudonym-[\w-]{22}/.exec(left) ?? [];
    assert.match((await eraseBy(targets, receipts, "--user", pseudonym)).text, /: 1 document,/);
  });

  async function checkReceipt(receipts: string, alerts: number): Promise<void> {
    const [name = "", ...others] = await readdir(receipts);
    assert.deepEqual(others, []);
    const text = await readFile(path.join(receipts, name), "utf8");
    assert.doesNotMatch(`${name} ${text}`, /ann|canary/);
    const receipt = JSON.parse(text) as Receipt;
    assert.deepEqual([receipt.keyHash, receipt.by], [keyHash("ann"), "the officer"]);
    assert.deepEqual(receipt.erased, { documents: 1, deadLetters: 1, alerts, pending: 0 });
  }
});
