/** A retention takes what is older while a job runs, and neither that job nor a replay brings it back. */
import assert from "node:assert/strict";
import { utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { keyHash } from "../../../src/chat/steps/ids/key-hash";
import { retention } from "../../../src/cli/retention";
import { chatJobs } from "../../support/chat/chat-job";
import { type JobResult, resultOf, runJob, startJob } from "../../support/chat/job";
import { putRaw } from "../../support/kinesis/producer";
import { allText, hitsOf } from "../../support/opensearch/all-text";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const STREAM = "kept-for-a-day";
const KEEP = ["--retention", "1d"];
const OF_FILE = ["--session-gap", "4s", "--allowed-disorder", "1s"];
const OF_STREAM = [...OF_FILE, "--idle-timeout", "1s"];
const DAY_MS = 86_400_000;
const CARD = "4111 1111 1111 1111";
/** By this hash alone, alerts and letters tell whose they are. */
const OF_ANN = new RegExp(`"ann"|canary|${keyHash("ann")}`);
const OF_BOB = new RegExp(`"bob"|${keyHash("bob")}`);

function unaccounted({ read, indexed, alreadyIndexed, duplicates, suppressed = 0, deadLetters }: JobResult): number {
  return read - indexed - alreadyIndexed - duplicates - suppressed - deadLetters;
}

describe("a retention beside a running job", function () {
  this.timeout(180_000);
  const { services } = chatJobs();
  let folder: TemporaryFolder;
  before(async () => {
    folder = await temporaryFolder("retention");
  });
  after(() => folder?.remove());

  const put = (userId: string, message: object): Promise<unknown> =>
    putRaw(services().kinesis.client, STREAM, [
      { partitionKey: userId, data: Buffer.from(JSON.stringify({ userId, ...message })) },
    ]);

  it("takes old sessions, letters and alerts, leaves young ones, and the account holds", async () => {
    const targets = services().targets(STREAM);
    const { openSearch: url } = targets;
    await services().kinesis.createStream(STREAM, 1);
    const oldMs = Date.now() - 2 * DAY_MS;
    const file = path.join(folder.path, "old.jsonl");
    const old = [{ content: `canary one ${CARD}`, timestamp: oldMs }, { text: "canary without content" }];
    await writeFile(file, old.map((message) => `${JSON.stringify({ userId: "ann", ...message })}\n`).join(""));
    // The arrival of a file's records.
    await utimes(file, oldMs / 1_000, oldMs / 1_000);
    const ofFile = { ...targets, input: [file] };
    const filled = await runJob(ofFile, ["--once", ...OF_FILE]);
    assert.deepEqual([filled.indexed, filled.deadLetters], [1, 1]);

    /** Documents, letters, alerts and ledgers that hold this, by the end of their index's name. */
    const held = async (wanted: RegExp): Promise<readonly number[]> => {
      const texts = await allText(url, STREAM);
      return ["", "-dead-letters", "-alerts", "-ledger"].map(
        (end) => (texts.get(`${STREAM}${end}`) ?? []).filter((text) => wanted.test(text)).length,
      );
    };
    assert.deepEqual(await held(OF_ANN), [1, 1, 2, 1]);
    await put("bob", { content: `hello, mine is ${CARD}` });
    await put("bob", { text: "without content" });
    await put("ann", { content: "canary two, sent again", timestamp: oldMs + 1_000 });
    const job = startJob(targets, ["--start-position", "TRIM_HORIZON", ...OF_STREAM, ...KEEP]);
    try {
      await until("the young ones are there", async () => (await held(OF_BOB)).join() === "1,1,2,1", 90_000);
      const argv = ["run", ...KEEP, "--opensearch-endpoint", url, "--index", targets.index];
      const said = await retention(argv, {}, () => undefined);
      assert.equal(said, "1 document, 1 dead letter, 2 alerts were older than 1d, and are deleted.");
      assert.deepEqual(await held(OF_ANN), [0, 0, 0, 0]);
      assert.deepEqual(await held(OF_BOB), [1, 1, 2, 1]);
      await put("ann", { content: "canary three, late", timestamp: oldMs + 2_000 });
      await put("ann", { content: "welcome" });
      await until(
        "a young session of the same user",
        async () => (await hitsOf(url, STREAM, /welcome/)).length === 1,
        90_000,
      );
    } finally {
      job.signal("SIGINT");
    }
    const ended = resultOf(await job.ended);
    assert.equal(unaccounted(ended), 0);
    assert.deepEqual([ended.read, ended.indexed, ended.suppressed, ended.deadLetters], [5, 2, 2, 1]);
    for (const [again, bounds, total] of [
      [ofFile, OF_FILE, 2],
      [targets, OF_STREAM, 5],
    ] as const) {
      const replay = await runJob(again, ["--once", ...bounds, ...KEEP]);
      assert.equal(unaccounted(replay), 0);
      assert.deepEqual([replay.read, replay.indexed, replay.suppressed], [total, 0, 2]);
    }
    assert.deepEqual(await hitsOf(url, STREAM, /canary/), []);
    assert.deepEqual(await held(OF_ANN), [1, 0, 0, 1], "the young session");
    assert.deepEqual(await held(OF_BOB), [1, 1, 2, 1]);
  });
});
