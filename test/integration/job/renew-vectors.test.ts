/** Documents get vectors of another model beside a running job, whatever interrupts that; no search ever meets both. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { SessionDocument } from "../../../src/chat/steps/documents/document";
import { taxonomyHash } from "../../../src/chat/steps/summaries/taxonomy";
import { renewDocuments } from "../../../src/cli/renew";
import { runVectors } from "../../../src/cli/renew-vectors";
import { search } from "../../../src/cli/search";
import { jobSettings, openServices } from "../../../src/cli/services";
import { OPTION_GROUPS, OPTIONS } from "../../../src/options/table";
import { readCommandLine, typed } from "../../../src/options/command-line";
import { lookAtOwn } from "../../../src/io/opensearch/renewing/index-copy";
import type { OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import type { Faults } from "../../../src/local/bedrock/faults";
import { chatJobs } from "../../support/chat/chat-job";
import { isFatal } from "../../support/chat/fatal";
import { type RunningJob, runJob, startJob } from "../../support/chat/job";
import { RETAIL, RETAIL_FILE } from "../../support/chat/retail";
import { putRaw } from "../../support/kinesis/producer";
import { assertLedger } from "../../support/opensearch/ledgers";
import { command } from "../../support/processes/npm";
import { settled } from "../../support/settled";
import { until } from "../../support/until";

const STREAM = "vectors";
const COPY = `${STREAM}-v2-titan-embed-text-v2-0-512`;
const V2 = "amazon.titan-embed-text-v2:0";
const TO_V2 = ["--embedding-model", V2, "--embedding-dimensions", "512"];
const GAP = ["--session-gap", "2s", "--allowed-disorder", "1s", "--idle-timeout", "1s"];
const USERS = 40;
/** A word so late in the message that the stand-in's summary does not hold it. */
const BEYOND_SUMMARY = "xq9";
const LONG = `${"kettle parcel delivery invoice address teapot saucer ".repeat(6)}${BEYOND_SUMMARY}`;

type Document = SessionDocument & { readonly messages: NonNullable<SessionDocument["messages"]> };

const STATS = z.object({ models: z.record(z.string(), z.object({ calls: z.int() })) });

describe("npm run renew with another embedding model", function () {
  this.timeout(180_000);
  const { services } = chatJobs();
  const startMs = Date.now() - 3_600_000;
  let live: RunningJob | undefined;
  after(() => live?.signal("SIGKILL"));

  const put = async (...messages: readonly (readonly [userId: string, content: string, atMs: number])[]) => {
    const records = messages.map(([userId, content, atMs]) => ({
      partitionKey: userId,
      data: Buffer.from(JSON.stringify({ userId, content, timestamp: startMs + atMs })),
    }));
    await putRaw(services().kinesis.client, STREAM, records);
  };
  const faults = (change: Partial<Faults>): Promise<unknown> =>
    fetch(`${services().bedrock.url}/_local/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(change),
    });
  const callsOf = async (model: string): Promise<number> => {
    const stats = STATS.parse(await (await fetch(`${services().bedrock.url}/_local/stats`)).json());
    return stats.models[model]?.calls ?? 0;
  };
  /** Undefined while there is no such index, or OpenSearch is about to take away the one that it asked. */
  const answerOf = async (index: string): Promise<ReadonlyMap<string, Document> | undefined> => {
    const { openSearch } = services().targets(STREAM);
    await fetch(`${openSearch}/${index}/_refresh`, { method: "POST" });
    const answer = await fetch(`${openSearch}/${index}/_search?size=5000`);
    if (answer.status !== 200) return undefined;
    const { hits } = (await answer.json()) as { hits: { hits: { _id: string; _source: Document }[] } };
    return new Map(hits.hits.map(({ _id, _source }) => [_id, _source]));
  };
  const documentsOf = async (index: string): Promise<ReadonlyMap<string, Document>> =>
    (await answerOf(index)) ?? new Map();
  const contentsOf = async (): Promise<readonly string[]> =>
    [...(await documentsOf(STREAM)).values()].flatMap(({ messages }) => messages.map(({ content }) => content)).sort();
  const sizesOf = (documents: ReadonlyMap<string, Document>): readonly number[] => [
    ...new Set([...documents.values()].map(({ embedding }) => embedding.length)),
  ];
  const where = (): readonly string[] => {
    const { bedrock, openSearch } = services().targets(STREAM);
    return ["--index", STREAM, "--bedrock-endpoint", bedrock, "--opensearch-endpoint", openSearch];
  };
  const flags = (): readonly string[] => [
    ...["--stream", STREAM, "--kinesis-endpoint", services().kinesis.url, "--json", "--concurrency", "2"],
    ...where(),
  ];
  const renew = async (...words: readonly string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await renewDocuments([...words, ...flags()], {}, () => undefined)) as Record<string, unknown>;
  const find = async (question: string): Promise<readonly string[]> => {
    const found = await search(
      [question, "--mode", "semantic", "--limit", "1", "--json", ...where()],
      {},
      80,
      () => {},
    );
    return (JSON.parse(found) as { hits: { document: { userId: string } }[] }).hits.map((hit) => hit.document.userId);
  };

  it("embeds each document once though it is killed, beside a job whose changes come along, and switches at once", async () => {
    await services().kinesis.createStream(STREAM, 1);
    for (let user = 0; user < USERS; user++) {
      const content = user === 0 ? LONG : `the kettle number ${user} is broken`;
      await put([`user-${user}`, content, user * 10], [`user-${user}`, `again ${user}`, user * 10 + 3_000]);
    }
    const targets = services().targets(STREAM);
    const { documents: count } = await runJob(targets, ["--once", ...GAP]);
    assert.equal(count, 2 * USERS);
    const before = await documentsOf(STREAM);

    const plan = await renew("plan", ...TO_V2);
    assert.deepEqual(
      [plan["from"], plan["to"], plan["documents"], plan["copied"], plan["behind"], plan["inputTokens"]],
      [STREAM, COPY, count, 0, 0, 0],
    );
    assert.ok(Number(plan["embeddingTokens"]) > count && Number(plan["usd"]) > 0);
    assert.deepEqual(await documentsOf(STREAM), before, "a plan changes nothing");
    assert.equal((await documentsOf(COPY)).size, 0);
    await assert.rejects(renew("plan", ...TO_V2, "--where", "intent=x"), isFatal("BAD_OPTION", /leave out --where/));
    const refused = await startJob(targets, ["--once", ...GAP, ...TO_V2]).ended;
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, /holds vectors of amazon\.titan-embed-text-v1 .*npm run renew -- run/);

    await faults({ latencyMs: 200 });
    const killed = command(["renew", "run", ...TO_V2, ...flags()]);
    await until("some documents are embedded", async () => (await documentsOf(COPY)).size > 5, 60_000);
    killed.process.kill("SIGKILL");
    await killed.ended;
    const copied = await settled(async () => (await documentsOf(COPY)).size);
    assert.ok(copied < count, "it was killed amidst");
    assert.deepEqual(await documentsOf(STREAM), before);
    assert.equal((await renew("plan", ...TO_V2))["copied"], copied);
    assert.deepEqual((await find("broken kettle")).length, 1);

    live = startJob(targets, ["--start-position", "TRIM_HORIZON", "--refresh-interval", "100ms", ...GAP]);
    await put(["early", "are you there", 40_000]);
    await until("the job reads", async () => (await contentsOf()).includes("are you there"), 60_000);
    // So slow that the renewal lasts until it is told to end.
    await faults({ latencyMs: 1_000 });
    const callsBefore = await callsOf(V2);
    let hasEnded = false;
    const sizes = new Set<number>();
    const second = renew("run", ...TO_V2).finally(() => (hasEnded = true));
    const sampling = (async () => {
      while (!hasEnded) {
        const answer = await answerOf(STREAM);
        const seen = answer === undefined ? undefined : sizesOf(answer);
        assert.ok(seen === undefined || seen.length === 1, `a search met vectors of ${seen?.join(" and ")}`);
        if (seen !== undefined) sizes.add(seen[0]!);
        await sleep(20);
      }
    })();
    // Joins both sessions of a user: one document changes, and another one goes.
    await put(["user-1", "between", 1_510], ["newcomer", "hello", 60_000]);
    const hasBoth = async (): Promise<boolean> => {
      const contents = await contentsOf();
      return contents.includes("between") && contents.includes("hello");
    };
    await until("the job has amended", hasBoth, 60_000);
    assert.ok(!hasEnded, "the job has written beside the renewal");
    await faults({ latencyMs: 0 });
    const { renewed, withoutVector, index } = await second;
    await sampling;
    sizes.add(sizesOf(await documentsOf(STREAM))[0]!);
    assert.deepEqual([withoutVector, index], [0, COPY]);
    assert.deepEqual([...sizes], [1_536, 512]);
    const after = await documentsOf(STREAM);
    assert.equal(after.size, count + 1, "two came, and one went");
    assert.ok(await hasBoth());
    // One to see whether the model is there. Else one for each that the killed run had not brought over, or the job
    // wrote.
    const calls = (await callsOf(V2)) - callsBefore - 1;
    assert.ok(Number(renewed) <= calls && calls <= count - copied + 3, `${calls} calls for ${String(renewed)}`);
    for (const [id, { embedding, embeddingModel, ...document }] of after) {
      assert.deepEqual([embedding.length, embeddingModel], [512, V2]);
      if (!before.has(id) || before.get(id)!.keys.length !== document.keys.length) continue;
      const kept = Object.keys(document).filter((name) => name !== "contentHash") as (keyof typeof document)[];
      for (const name of kept) assert.deepEqual(document[name], before.get(id)![name], name);
    }
    const alias = (await (await fetch(`${targets.openSearch}/${STREAM}`)).json()) as object;
    assert.deepEqual(Object.keys(alias), [COPY]);

    await put(["latecomer", "good evening", 120_000]);
    const ended = await live.ended;
    assert.equal(ended.exitCode, 1);
    assert.match(ended.stderr, /it holds vectors of amazon\.titan-embed-text-v2:0 \(512 numbers\)/);
    const again = await runJob(targets, ["--once", ...GAP, ...TO_V2]);
    assert.deepEqual([again.indexed, again.deadLetters], [1, 0]);
    assert.deepEqual(sizesOf(await documentsOf(STREAM)), [512]);
    assert.ok((await contentsOf()).includes("good evening"));
    assert.equal((await find("broken kettle")).length, 1);
    await assertLedger(targets.openSearch, STREAM);
  });

  it("summarises what is behind too, and keeps what a model refuses", async () => {
    const targets = services().targets(STREAM);
    const count = (await documentsOf(STREAM)).size;
    const to256 = ["--embedding-model", V2, "--embedding-dimensions", "256", "--taxonomy", RETAIL_FILE];
    await faults({ rejectText: BEYOND_SUMMARY });
    const plan = await renew("plan", ...to256);
    assert.deepEqual([plan["from"], plan["behind"], plan["to"]], [COPY, count, COPY.replace("512", "256")]);
    assert.ok(Number(plan["inputTokens"]) > 0);
    const { renewed, withoutVector } = await renew("run", ...to256);
    assert.deepEqual([renewed, withoutVector], [count, 0]);
    const kept = [...(await documentsOf(STREAM)).values()].filter((own) => own.taxonomyHash !== taxonomyHash(RETAIL));
    assert.deepEqual(
      kept.map(({ userId, embedding }) => [userId, embedding.length]),
      [["user-0", 256]],
    );
    await assertLedger(targets.openSearch, STREAM);
    // One option alone, or none, would begin it by a default that nobody gave.
    for (const words of [[], ["--embedding-model", V2]]) {
      const sentence = /\(256 numbers\): give --embedding-model \S+ --embedding-dimensions 256 to keep them/;
      await assert.rejects(renew("run", ...words), isFatal("INDEX_MISFIT", sentence));
    }
    await faults({ rejectText: "good evening" });
    const last = await renew(
      "run",
      "--embedding-model",
      V2,
      "--embedding-dimensions",
      "1024",
      "--taxonomy",
      RETAIL_FILE,
    );
    assert.deepEqual([last["renewed"], last["withoutVector"]], [count, 1]);
    await faults({ rejectText: "" });
    const after = await documentsOf(STREAM);
    const bare = [...after.values()].filter(({ embedding }) => embedding === undefined);
    assert.deepEqual(
      bare.map(({ userId, summary }) => [userId, summary]),
      [["latecomer", "good evening"]],
    );
    const others = [...after.values()].filter(({ userId }) => userId !== "latecomer");
    assert.ok(others.every(({ embedding, categories }) => embedding.length === 1_024 && categories?.length === 2));
    const options = ["--embedding-model", V2, "--embedding-dimensions", "1024", "--taxonomy", RETAIL_FILE];
    const again = await runJob(targets, ["--once", ...GAP, ...options]);
    assert.deepEqual([again.indexed, again.documents, again.deadLetters], [0, 0, 0]);
  });

  it("brings over what a request that was under way at the block writes, however late", async () => {
    const { openSearch } = services().targets(STREAM);
    const ask = (method: string, path: string, json: object): Promise<Response> =>
      fetch(`${openSearch}${path}`, {
        method,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(json),
      });
    const [[id, { messages }] = assert.fail()] = await documentsOf(STREAM);
    const argv = [...TO_V2, "--taxonomy", RETAIL_FILE, ...flags()];
    const line = readCommandLine(OPTION_GROUPS, { usage: "npm run renew --", says: "" }, argv, {});
    const opened = await openServices({ values: typed(line, OPTIONS), origins: line.origins }, true, () => undefined);
    const { name: from } = await lookAtOwn(opened.openSearch, STREAM);
    let [isBlocked, isWritten] = [false, false];
    const late: OpenSearchClient = {
      close: () => opened.openSearch.close(),
      async request(request) {
        if (request.path === `/${from}/_block/write`) return { status: 403, body: { Message: "not allowed" } };
        if (request.method === "PUT" && request.path === `/${from}/_settings`) isBlocked = true;
        // By then, all documents were compared for the last time.
        if (isBlocked && !isWritten && request.path === `/${from}/_count`) {
          isWritten = true;
          await ask("PUT", `/${from}/_settings`, { "index.blocks.write": null });
          const doc = { messages: [...messages, { ...messages[0], content: "late" }] };
          assert.equal((await ask("POST", `/${from}/_update/${id}`, { doc })).status, 200);
          await ask("PUT", `/${from}/_settings`, { "index.blocks.write": true });
        }
        return opened.openSearch.request(request);
      },
    };
    try {
      const settings = jobSettings(opened, line, {});
      await runVectors({ ...opened, openSearch: late }, settings, { json: true, say: () => undefined });
    } finally {
      await opened.close();
    }
    assert.ok(isWritten);
    const after = await documentsOf(STREAM);
    assert.deepEqual([...new Set([...after.values()].map(({ embedding }) => embedding?.length))], [512]);
    assert.ok(after.get(id)!.messages.some(({ content }) => content === "late"));
  });
});
