/** Indexes that would take no document, or find none: refused at the start, in one sentence that names the cure. */
import assert from "node:assert/strict";
import { deadLetterIndex, documentIndex } from "../../../src/io/opensearch/indexes/mapping";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { searchSessions } from "../../../src/io/opensearch/searching/search";
import { unitVector } from "../../support/opensearch/embedded-parts";
import { isFatal } from "../../support/chat/fatal";
import { DIMENSION, givenIndexes } from "../../support/opensearch/given-indexes";

describe("an index that someone else made", function () {
  this.timeout(120_000);
  const given = givenIndexes();

  /** Ways to make an index that refuses everything, by its name, and the sentence. */
  const REFUSING: readonly (readonly [title: string, make: (index: string) => Promise<void>, sentence: RegExp])[] = [
    [
      "an alias without a write index",
      async (index) => {
        for (const number of [1, 2])
          await given().put(`/${index}-${number}`, { ...given().body(), aliases: { [index]: {} } });
      },
      /is an alias of several indexes, and none of them is its write index: set is_write_index/,
    ],
    [
      "an alias whose only index is not to be written",
      (index) => given().put(`/${index}-1`, { ...given().body(), aliases: { [index]: { is_write_index: false } } }),
      /is an alias.*set is_write_index/,
    ],
    [
      "a data stream",
      async (index) => {
        const dataStream = { timestamp_field: { name: "indexedAt" } };
        const template = { index_patterns: [index], priority: 900, data_stream: dataStream, template: given().body() };
        await given().put(`/_index_template/${index}`, template);
        await given().put(`/_data_stream/${index}`, {});
      },
      /is a data stream, which cannot overwrite documents/,
    ],
    [
      "a required routing",
      (index) => {
        const { settings: own, mappings } = given().body();
        return given().put(`/${index}`, { settings: own, mappings: { ...mappings, _routing: { required: true } } });
      },
      /requires a routing for each document.*create it without _routing\.required/,
    ],
    [
      "a default pipeline that is not there",
      (index) => given().put(`/${index}`, given().body({ "index.default_pipeline": "not-there" })),
      /the ingest pipeline "not-there", which does not exist: create it/,
    ],
    [
      "a final pipeline that is not there",
      (index) => given().put(`/${index}`, given().body({ "index.final_pipeline": "gone" })),
      /the ingest pipeline "gone", which does not exist: create it/,
    ],
    [
      "a pipeline that gives every document another id",
      async (index) => {
        await given().put(`/_ingest/pipeline/${index}`, {
          processors: [{ set: { field: "_id", value: "{{userId}}" } }],
        });
        await given().put(`/${index}`, given().body({ "index.default_pipeline": index }));
      },
      /pipeline of index ".*" gives documents another id, so that a replay could not overwrite them/,
    ],
    [
      "a closed index",
      async (index) => {
        await given().put(`/${index}`, given().body());
        await given().put(`/${index}/_close`, {}, "POST");
      },
      /is closed: open it/,
    ],
    [
      "a block on writing",
      (index) => given().put(`/${index}`, given().body({ "index.blocks.write": true })),
      /is blocked for writing \(index write \(api\)\): take index\.blocks\.write/,
    ],
    [
      "a read-only index",
      async (index) => {
        await given().put(`/${index}`, given().body());
        await given().put(`/${index}/_settings`, { "index.blocks.read_only": true });
      },
      /is blocked for writing \(index read-only \(api\)\)/,
    ],
    [
      "no vector search, and no method, since such an index takes none",
      (index) => {
        const { mappings } = documentIndex(given().settings(index), false);
        const embedding = { type: "knn_vector", dimension: DIMENSION };
        const { settings: own } = given().body({ "index.knn": false });
        return given().put(`/${index}`, {
          settings: own,
          mappings: { properties: { ...mappings.properties, embedding } },
        });
      },
      /cannot be searched by vectors \(.*not built for ANN search.*\): .*"index\.knn": true/,
    ],
    [
      "an engine that cannot filter",
      (index) => {
        const { properties } = documentIndex(given().settings(index), false).mappings;
        const method = { name: "hnsw", engine: "nmslib", space_type: "cosinesimil" };
        const embedding = { ...properties["embedding"], method };
        return given().put(`/${index}`, { ...given().body(), mappings: { properties: { ...properties, embedding } } });
      },
      /cannot be searched by vectors \(.*does not support filters\)/,
    ],
    [
      "a format of dates that is not the job's",
      (index) => {
        const { properties } = documentIndex(given().settings(index), false).mappings;
        const start = { type: "date", format: "epoch_second" };
        return given().put(`/${index}`, { ...given().body(), mappings: { properties: { ...properties, start } } });
      },
      /refuses documents of the job's form \(failed to parse field \[start\]/,
    ],
  ];
  for (const [number, [title, make, sentence]] of REFUSING.entries()) {
    it(`is refused at the start: ${title}`, async () => {
      const index = `refusing-${number}`;
      await make(index);
      await assert.rejects(prepareOpenSearch(given().settings(index)), isFatal("INDEX_MISFIT", sentence));
    });
  }

  it("is refused at the start when a disk is full, with the code of troubles that pass", async () => {
    await given().put("/full", given().body());
    await given().put("/full/_settings", { "index.blocks.read_only_allow_delete": true });
    const sentence = /is read-only, because a disk is full.*free space/;
    await assert.rejects(prepareOpenSearch(given().settings("full")), isFatal("SERVICE_UNREACHABLE", sentence));
  });

  it("is refused for dead letters as well", async () => {
    const { settings: own, mappings } = deadLetterIndex(given().settings("any"));
    const closed = { settings: { ...own, "index.default_pipeline": "not-there" }, mappings };
    await given().put("/letters-without-pipeline", closed);
    await assert.rejects(
      prepareOpenSearch(given().settings("with-letters", { deadLetterIndex: "letters-without-pipeline" })),
      isFatal("INDEX_MISFIT", /Index "letters-without-pipeline" sends documents through/),
    );
  });

  it("is refused before any other index is made or changed", async () => {
    const settings = given().settings("unmade", { deadLetterIndex: "unfit-letters" });
    await given().put("/unfit-letters", { mappings: { properties: { time: { type: "keyword" } } } });
    await assert.rejects(prepareOpenSearch(settings), isFatal("INDEX_MISFIT", /Index "unfit-letters" does not fit/));
    const { status } = await given().client.request({ method: "GET", path: "/unmade*/_count" });
    const { body } = await given().client.request({ method: "GET", path: "/_cat/indices/unmade*" });
    assert.deepEqual([status, body], [200, ""]);
  });

  it("is left as it was by the check: no document, and no change of its mapping", async () => {
    await given().put("/untouched", { ...given().body(), mappings: { ...given().body().mappings, dynamic: true } });
    const before = await given().client.request({ method: "GET", path: "/untouched" });
    await prepareOpenSearch(given().settings("untouched"));
    const stats = await given().client.request({ method: "GET", path: "/untouched/_stats/docs,translog" });
    assert.deepEqual(await given().client.request({ method: "GET", path: "/untouched" }), before);
    assert.equal(await given().count("untouched"), 0);
    assert.match(JSON.stringify(stats.body), /"docs":\{"count":0,"deleted":0\},"translog":\{"operations":0,/);
  });

  it("is told by a search for what it is when it has no vectors", async () => {
    await given().put("/wordy", { mappings: { properties: { userId: { type: "keyword" }, start: { type: "date" } } } });
    const ask = async () => unitVector(DIMENSION, 1);
    const question = { text: "my secret", mode: "semantic", limit: 1 } as const;
    const sentence = /cannot be searched by vectors|refuses this search/;
    await assert.rejects(searchSessions(given().client, "wordy", question, ask), (error: Error) => {
      assert.ok(isFatal("INDEX_MISFIT", sentence)(error), error.message);
      assert.doesNotMatch(error.message, /try again|secret/);
      return true;
    });
  });
});
