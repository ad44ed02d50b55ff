/** A person is erased while the job runs, and a replay of the whole stream brings nothing back. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { keyHash } from "../../../src/chat/steps/key-hash";
import { erase } from "../../../src/cli/erase";
import type { Receipt } from "../../../src/cli/erasure/receipt";
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
const BOUNDS = ["--session-gap", "4s", "--allowed-disorder", "1s", "--idle-timeout", "1s"];
/** What ann has said, and her name. */
const ANN = /"ann"|canary/;

function unaccounted({ read, indexed, alreadyIndexed, duplicates, suppressed = 0, deadLetters }: JobResult): number {
  return read - indexed - alreadyIndexed - duplicates - suppressed - deadLetters;
}

describe("a user who is erased", function () {
  this.timeout(180_000);
  const { services } = chatJobs();
  let folder: TemporaryFolder;
  before(async () => {
    folder = await temporaryFolder("erase");
  });
  after(() => folder.remove());

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
      const targets = services().targets(stream);
      const { openSearch: url } = targets;
      const receipts = path.join(folder.path, runner);
      await services().kinesis.createStream(stream, 1);
      await put(stream, "ann", { content: "canary one" });
      await put(stream, "bob", { content: "hello" });
      await put(stream, "ann", { text: "canary without content" });
      const job = startJob(targets, ["--start-position", "TRIM_HORIZON", ...BOUNDS, ...runnerFlags]);
      try {
        await until(
          "both sessions and the letter are there",
          async () => {
            const texts = await allText(url, stream);
            const count = (name: string): number => texts.get(name)?.length ?? 0;
            return count(stream) === 2 && count(`${stream}-dead-letters`) === 1;
          },
          90_000,
        );
        assert.ok((await hitsOf(url, stream, ANN)).length >= 3, "the document, its ledger and the letter");
        // This session is open when she is erased.
        await put(stream, "ann", { content: "canary two" });
        await sleep(1_500);
        const erased = await eraseBy(targets, receipts, "--user", "ann", "--by", "the officer");
        assert.equal(erased.exitCode, 0, erased.text);
        assert.match(erased.text, /^Erased of 1 session key: 1 document, 1 dead letter, 0 alerts\./);
        assert.deepEqual(await hitsOf(url, stream, ANN), []);
        await sleep(9_000);
        assert.deepEqual(await hitsOf(url, stream, ANN), [], "the open session has closed since");
        // What she sends from now on is hers again.
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
      await checkReceipt(receipts);

      const replay = await runJob(targets, ["--once", ...BOUNDS, ...(runner === "direct" ? [] : runnerFlags)]);
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

  async function checkReceipt(receipts: string): Promise<void> {
    const [name = "", ...others] = await readdir(receipts);
    assert.deepEqual(others, []);
    const text = await readFile(path.join(receipts, name), "utf8");
    assert.doesNotMatch(`${name} ${text}`, /ann|canary/);
    const receipt = JSON.parse(text) as Receipt;
    assert.deepEqual([receipt.keyHash, receipt.by], [keyHash("ann"), "the officer"]);
    assert.deepEqual(receipt.erased, { documents: 1, deadLetters: 1, alerts: 0, pending: 0 });
  }
});
