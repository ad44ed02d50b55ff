/** Documents that an ingest pipeline drops, moves, or fails on: OpenSearch answers as if all were well, or for ever. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { writeDeadLetters } from "../../../src/io/opensearch/letters/write-dead-letters";
import { sessionDeadLetter } from "../../../src/chat/steps/letters/dead-letter";
import { embeddedPart } from "../../support/opensearch/embedded-parts";
import { isFatal } from "../../support/chat/fatal";
import { DIMENSION, givenIndexes } from "../../support/opensearch/given-indexes";
import { harness } from "../../support/opensearch/write-elements";
import { until } from "../../support/until";

const SENSITIVE = { sensitive: true } as const;
const part = (number: number, change = {}) => embeddedPart(number, DIMENSION, change);

describe("a document in an ingest pipeline", function () {
  this.timeout(120_000);
  const given = givenIndexes();

  /** Prepares an index, the job's own or a given one, and has it send documents through this processor. */
  async function prepared(index: string, processor: object, setting = "index.default_pipeline", isGiven = false) {
    const settings = given().settings(index);
    if (isGiven) await given().put(`/${index}`, given().body());
    await prepareOpenSearch(settings);
    await given().put(`/_ingest/pipeline/${index}`, { processors: [processor] });
    await given().put(`/${index}/_settings`, { [setting]: index });
    return settings;
  }

  for (const [title, setting, isGiven] of [
    ["the job's own index, final pipeline", "index.final_pipeline", false],
    ["the job's own index, default pipeline", "index.default_pipeline", false],
    ["a given index, final pipeline", "index.final_pipeline", true],
  ] as const) {
    it(`that is dropped becomes a dead letter (${title})`, async () => {
      const index = `dropping-${setting.replace(/\W|_/g, "")}-${isGiven}`;
      const settings = await prepared(index, { drop: { if: "ctx.sensitive == true" } }, setting, isGiven);
      await prepareOpenSearch(settings);
      const writing = await given().writer(settings);
      const { written, deadLetters } = await writing.call([part(1, SENSITIVE), part(2), part(3, SENSITIVE)]);
      assert.deepEqual([written.length, deadLetters.length, await given().count(index)], [1, 2, 1]);
      for (const { code, reason } of deadLetters) {
        assert.equal(code, "DOCUMENT_REFUSED");
        assert.match(reason, /did not store the document \(result noop\): an ingest pipeline of the index dropped it/);
      }
      await writing.close();
    });
  }

  it("that gets another id, or goes to another index, becomes a dead letter that says so", async () => {
    const isSecond = "ctx.userId == 'user-2'";
    for (const [index, field, value, reason] of [
      ["renaming", "_id", "{{summary}}", /under another id: an ingest pipeline of the index changed it/],
      ["diverting", "_index", "diverted", /in another index than asked for: an ingest pipeline of the index sent it/],
    ] as const) {
      const settings = await prepared(index, { set: { if: isSecond, field, value } });
      await prepareOpenSearch(settings);
      const writing = await given().writer(settings);
      const { written, deadLetters } = await writing.call([part(1), part(2, { summary: "my-secret" }), part(3)]);
      assert.deepEqual([written.length, deadLetters.length], [2, 1], index);
      assert.match(deadLetters[0]!.reason, reason);
      assert.doesNotMatch(deadLetters[0]!.reason, /my-secret/);
      await writing.close();
    }
  });

  it("that goes past the alias it was sent to becomes a dead letter; where all do, the start says so", async () => {
    for (const number of [1, 2]) {
      const aliases = { shared: { is_write_index: number === 1 } };
      await given().put(`/shared-${number}`, { ...given().body({ "index.default_pipeline": "shared" }), aliases });
    }
    const set = { field: "_index", value: "shared-2" };
    await given().put("/_ingest/pipeline/shared", { processors: [{ set }] });
    const settings = given().settings("shared");
    await assert.rejects(prepareOpenSearch(settings), isFatal("INDEX_MISFIT", /to "shared-2" past the alias/));
    const processors = [{ set: { ...set, if: "ctx.userId == 'user-2'" } }];
    await given().put("/_ingest/pipeline/shared", { processors });
    await prepareOpenSearch(settings);
    const writing = await given().writer(settings);
    const { written, deadLetters } = await writing.call([part(1), part(2)]);
    assert.deepEqual([written.length, deadLetters.length], [1, 1]);
    assert.match(deadLetters[0]!.reason, /sent it elsewhere, past the alias/);
    await writing.close();
  });

  it("that it always fails on becomes a dead letter after some tries; the others are stored at once", async () => {
    const brief = await prepared("failing", {
      fail: { if: "ctx.userId.startsWith('bad')", message: "unknown user: {{summary}}" },
    });
    const settings = { ...brief, bulk: { ...brief.bulk, maxFailingMs: 5_000 } };
    await prepareOpenSearch(settings);
    const bad = [20, 21, 22, 23].map((number) => {
      const embedded = part(number, { summary: "my-secret" });
      const messages = embedded.part.messages.map((message) => ({ ...message, userId: `bad${number}` }));
      return { ...embedded, part: { ...embedded.part, messages, sessionKey: `bad${number}` } };
    });
    const writing = await given().writer(settings);
    let hasEnded = false;
    const call = writing.call([...bad, ...[1, 2, 3].map((number) => part(number))]).finally(() => (hasEnded = true));
    await until("the others are stored", async () => (await given().count("failing")) === 3);
    assert.equal(hasEnded, false, "the bad ones are still tried");
    const { written, deadLetters } = await call;
    assert.deepEqual([written.length, deadLetters.length], [3, 4]);
    for (const { reason } of deadLetters) {
      assert.match(reason, /failed \d+ times on the document in \d+ s \(status 500, fail_processor_exception\)/);
      assert.doesNotMatch(reason, /my-secret/);
    }
    assert.ok((writing.metrics.values.get("retries") ?? 0) >= 4 * 4);

    const alone = await writing.call([bad[0]!]);
    assert.deepEqual([alone.written.length, alone.deadLetters.length], [0, 1], "without others that prove anything");
    await writing.close();
  });

  it("that fails on all documents for a while refuses none", async () => {
    const settings = await prepared("outage", { fail: { message: "the model is away" } });
    const writing = await given().writer(settings);
    const call = writing.call([part(1), part(2)]);
    await sleep(settings.bulk.maxFailingMs * 6);
    await given().put("/outage/_settings", { "index.default_pipeline": "_none" });
    const { written, deadLetters } = await call;
    assert.deepEqual([written.length, deadLetters.length], [2, 0]);
    await writing.close();
  });

  it("ends the job when it is a dead letter that is dropped", async () => {
    const settings = given().settings("unburied");
    await prepareOpenSearch(settings);
    await given().put("/_ingest/pipeline/unburied", { processors: [{ drop: {} }] });
    await given().put(`/${settings.deadLetterIndex}/_settings`, { "index.final_pipeline": "unburied" });
    const bury = await harness(writeDeadLetters(settings), []);
    const letter = sessionDeadLetter("DOCUMENT_REFUSED", "no reason", part(1).part);
    await assert.rejects(bury.call([letter]), isFatal("INDEX_MISFIT", /could not be kept.*dropped it/));
    await bury.close();
  });
});
