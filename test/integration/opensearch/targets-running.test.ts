/** Indexes that change while the job runs. */
import assert from "node:assert/strict";
import { deadLetterIndex } from "../../../src/io/opensearch/indexes/mapping";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { writeDeadLetters } from "../../../src/io/opensearch/letters/write-dead-letters";
import { embeddedPart, START_MS } from "../../support/opensearch/embedded-parts";
import { isFatal } from "../../support/chat/fatal";
import { DIMENSION, givenIndexes } from "../../support/opensearch/given-indexes";
import { harness } from "../../support/opensearch/write-elements";

describe("an index that changes while the job writes to it", function () {
  this.timeout(120_000);
  const given = givenIndexes();

  it("may be an alias, whose indexes change while the job runs", async () => {
    await given().put("/rolled-1", { ...given().body(), aliases: { rolled: { is_write_index: true } } });
    await prepareOpenSearch(given().settings("rolled"));
    const writing = await given().writer(given().settings("rolled"));
    const first = await writing.call([embeddedPart(1, DIMENSION)]);
    await given().put("/rolled-2", given().body());
    const actions = [
      { add: { index: "rolled-1", alias: "rolled", is_write_index: false } },
      { add: { index: "rolled-2", alias: "rolled", is_write_index: true } },
    ];
    await given().put("/_aliases", { actions }, "POST");
    const second = await writing.call([embeddedPart(2, DIMENSION)]);
    assert.deepEqual([first.written.length, second.written.length, second.deadLetters.length], [1, 1, 0]);
    assert.deepEqual([await given().count("rolled-1"), await given().count("rolled-2")], [1, 1]);

    await given().put("/rolled-3", { mappings: { properties: { userId: { type: "keyword" } } } });
    const swap = [
      { add: { index: "rolled-2", alias: "rolled", is_write_index: false } },
      { add: { index: "rolled-3", alias: "rolled", is_write_index: true } },
    ];
    await given().put("/_aliases", { actions: swap }, "POST");
    const misfit = isFatal("INDEX_MISFIT", /Index "rolled-3" does not fit the documents/);
    await assert.rejects(writing.call([embeddedPart(3, DIMENSION)]), misfit);
    await writing.close();
  });

  it("ends the job when it is an alias and goes: OpenSearch makes no index of its name", async () => {
    await given().put("/left-1", { ...given().body(), aliases: { left: {} } });
    await prepareOpenSearch(given().settings("left"));
    const writing = await given().writer(given().settings("left"));
    await writing.call([embeddedPart(1, DIMENSION)]);
    await given().delete("left-1");
    await assert.rejects(
      writing.call([embeddedPart(2, DIMENSION)]),
      isFatal("INDEX_MISFIT", /was deleted or closed while the job ran/),
    );
    assert.equal((await given().client.request({ method: "GET", path: "/left" })).status, 404);
    await writing.close();
  });

  it("has the template's net: deleted while the job runs, it is made again in the job's form", async () => {
    await given().put("/netted", given().body());
    await prepareOpenSearch(given().settings("netted"));
    const writing = await given().writer(given().settings("netted"));
    await writing.call([embeddedPart(1, DIMENSION)]);
    await given().delete("netted");
    const { written, deadLetters } = await writing.call([embeddedPart(2, DIMENSION)]);
    assert.deepEqual([written.length, deadLetters.length], [1, 0]);
    await prepareOpenSearch(given().settings("netted"));
    await writing.close();
  });

  it("ends the job when it was deleted and OpenSearch made another, where there can be no template", async () => {
    await given().put("/_index_template/theirs", { index_patterns: ["unnetted"], priority: 500, template: {} });
    await given().put("/unnetted", given().body());
    const settings = given().settings("unnetted", {
      deadLetterIndex: "letters-of-unnetted",
      ledgerIndex: "ledgers-of-unnetted",
    });
    await prepareOpenSearch(settings);
    const writing = await given().writer(settings);
    await writing.call([embeddedPart(1, DIMENSION)]);
    await given().delete("unnetted");
    // The first one would be taken, and found by nobody.
    await assert.rejects(
      writing.call([embeddedPart(2, DIMENSION)]),
      isFatal("INDEX_MISFIT", /Index "unnetted" does not fit the documents: .*delete this one/),
    );
    await writing.close();
  });

  it("ends the job instead of filling the dead letters, when it begins to refuse everything", async () => {
    for (const [index, change, sentence] of [
      ["refusing-later", { "index.default_pipeline": "not-there" }, /"not-there", which does not exist/],
      ["refusing-last", { "index.final_pipeline": "not-there" }, /"not-there", which does not exist/],
    ] as const) {
      await given().put(`/${index}`, given().body());
      await prepareOpenSearch(given().settings(index));
      const writing = await given().writer(given().settings(index));
      await writing.call([embeddedPart(1, DIMENSION)]);
      await given().put(`/${index}/_settings`, change);
      await assert.rejects(writing.call([embeddedPart(2, DIMENSION)]), isFatal("INDEX_MISFIT", sentence));
      await writing.close();
    }
  });

  it("of the job's own is made again when it is gone, even where nothing is created by a write", async () => {
    const create = (allowed: boolean | null) =>
      given().put("/_cluster/settings", { transient: { "action.auto_create_index": allowed } });
    await prepareOpenSearch(given().settings("own"));
    const writing = await given().writer(given().settings("own"));
    await writing.call([embeddedPart(1, DIMENSION)]);
    await create(false);
    try {
      await given().delete("own");
      const { written } = await writing.call([embeddedPart(2, DIMENSION)]);
      assert.equal(written.length, 1);
      await prepareOpenSearch(given().settings("own"));
    } finally {
      await create(null);
      await writing.close();
    }
  });

  it("keeps a dead letter in an alias, too", async () => {
    const { settings: own, mappings } = deadLetterIndex(given().settings("any"));
    await given().put("/letters-1", { settings: own, mappings, aliases: { "letters-alias": {} } });
    const of = given().settings("with-alias", { deadLetterIndex: "letters-alias" });
    await prepareOpenSearch(of);
    const bury = await harness(writeDeadLetters(of), []);
    await bury.call([
      {
        code: "UNREADABLE",
        stage: "parse",
        reason: "no JSON",
        kind: "record",
        payload: Buffer.from("x"),
        messageCount: 1,
        position: { shardId: "shardId-000000000001", sequenceNumber: "1", subSequenceNumber: 0 },
        timestampMs: START_MS,
      },
    ]);
    assert.equal(await given().count("letters-alias"), 1);
    await bury.close();
  });
});
