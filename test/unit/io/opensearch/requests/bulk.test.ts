import assert from "node:assert/strict";
import fc from "fast-check";
import { isFatal } from "../../../../support/chat/fatal";
import { indexOperation, sendBulk } from "../../../../../src/io/opensearch/requests/bulk";
import { redirectLogs, roomLog, setLogLevel } from "../../../../../src/log";
import {
  NoAnswer,
  type OpenSearchAnswer,
  type OpenSearchClient,
} from "../../../../../src/io/opensearch/requests/client";

const SEED = 7;

interface Fake extends OpenSearchClient {
  /** Ids of each request, in order. */
  readonly requests: string[][];
}

type Answering = (ids: readonly string[], request: number) => OpenSearchAnswer | NoAnswer | "nothing" | number[];

/** Answers with a status for each item, with a whole answer, or with nothing. */
function fake(answer: Answering): Fake {
  const requests: string[][] = [];
  return {
    requests,
    async request({ lines }) {
      const actions = lines!
        .toString()
        .trimEnd()
        .split("\n")
        .filter((_, index) => index % 2 === 0);
      const ids = actions.map((line) => (JSON.parse(line) as { index: { _id: string } }).index._id);
      requests.push(ids);
      const result = answer(ids, requests.length);
      if (result === "nothing") throw new NoAnswer(new Error("refused"));
      if (result instanceof NoAnswer) throw result;
      if (!Array.isArray(result)) return result;
      return {
        status: 200,
        body: { items: result.map((status, index) => ({ index: answerTo(status, ids[index]!) })) },
      };
    },
    close: async () => undefined,
  };
}

function answerTo(status: number, id: string) {
  return { status, _index: "i", _id: id, ...(status < 300 ? { result: "created" } : {}) };
}

const operations = (ids: readonly string[], size = 1) =>
  ids.map((id) => indexOperation(id, JSON.stringify("x".repeat(size))));
const POLICY = { index: "i", maxRequestBytes: 1_000_000 };

describe("sending in bulk", () => {
  it("sends only what failed again, and gives each its outcome in its place", async () => {
    const client = fake((ids, request) => ids.map((id) => (id === "b" ? 400 : id === "c" && request < 3 ? 429 : 201)));
    const retried: string[] = [];
    const requests: (string | undefined)[] = [];
    const outcomes = await sendBulk(client, operations(["a", "b", "c"]), {
      ...POLICY,
      onRetry: (causes) => retried.push(...causes),
      onRequest: (_, failure) => requests.push(failure),
    });
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ["stored", "refused", "stored"],
    );
    assert.deepEqual(client.requests, [["a", "b", "c"], ["c"], ["c"]]);
    assert.deepEqual(retried, ["throttled", "throttled"]);
    assert.deepEqual(requests, [undefined, undefined, undefined], "items that are turned down fail no request");
  });

  it("tells why requests failed as a whole, and why each document is sent again", async () => {
    const rows: readonly (readonly [first: ReturnType<Answering>, cause: string])[] = [
      [{ status: 429, body: "" }, "throttled"],
      [{ status: 503, body: { error: { type: "circuit_breaking_exception" } } }, "throttled"],
      ["nothing", "network"],
      [new NoAnswer(new Error("late"), "timeout"), "timeout"],
      [new NoAnswer(new Error("none just now"), "credentials"), "credentials"],
      [new NoAnswer(new Error("an hour ahead"), "clock"), "clock"],
      [new NoAnswer(new Error("cut"), "_OTHER"), "_OTHER"],
      [{ status: 503, body: "" }, "unavailable"],
      [{ status: 408, body: "" }, "timeout"],
      [{ status: 403, body: { error: { type: "cluster_block_exception" } } }, "blocked"],
    ];
    const tell = async (first: ReturnType<Answering>) => {
      const client = fake((ids, request) => (request === 1 ? first : ids.map(() => 201)));
      const [retried, requests]: [string[], (string | undefined)[]] = [[], []];
      await sendBulk(client, operations(["a", "b"]), {
        ...POLICY,
        onRetry: (causes) => retried.push(...causes),
        onRequest: (_, failure) => requests.push(failure),
      });
      return { retried, requests };
    };
    await Promise.all(
      rows.map(async ([first, cause]) =>
        assert.deepEqual(await tell(first), { retried: [cause, cause], requests: [cause, undefined] }),
      ),
    );
    const halved = { retried: [], requests: ["rejected", undefined, undefined] };
    assert.deepEqual(await tell({ status: 413, body: "" }), halved);
  });

  it("waits for no document that OpenSearch fails on by itself", async () => {
    const client = fake((ids) => ids.map((id) => (id === "b" ? 500 : 201)));
    const outcomes = await sendBulk(client, operations(["a", "b", "c"]), POLICY);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ["stored", "failing", "stored"],
    );
    assert.equal(client.requests.length, 1);
  });

  it("demands an alias where it was given one", async () => {
    const queries: unknown[] = [];
    const inner = fake((ids) => ids.map(() => 201));
    const client: OpenSearchClient = {
      ...inner,
      request: (request) => {
        queries.push(request.query?.["require_alias"]);
        return inner.request(request);
      },
    };
    for (const isAlias of [false, true]) await sendBulk(client, operations(["a"]), { ...POLICY, isAlias });
    assert.deepEqual(queries, [undefined, true]);
  });

  it("finds the one document that makes a request fail", async () => {
    const client = fake((ids) => (ids.includes("c") ? { status: 413, body: "" } : ids.map(() => 201)));
    const outcomes = await sendBulk(client, operations(["a", "b", "c", "d", "e"]), POLICY);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ["stored", "stored", "refused", "stored", "stored"],
    );
  });

  it("waits out a server that does not answer, or not as OpenSearch does", async () => {
    const client = fake((ids, request) => {
      if (request === 1) return "nothing";
      if (request === 2) return { status: 200, body: "<html>" };
      if (request === 3) return { status: 503, body: "" };
      return ids.map(() => 201);
    });
    const outcomes = await sendBulk(client, operations(["a"]), POLICY);
    assert.deepEqual(outcomes, [{ kind: "stored", index: "i" }]);
    assert.equal(client.requests.length, 4);
  });

  it("says that it keeps failing, and when it has ended, without a word of the documents", async () => {
    const lines: string[] = [];
    redirectLogs((line) => lines.push(line));
    const { level } = roomLog("of this test");
    setLogLevel("info");
    try {
      const client = fake((ids, request) => {
        if (request > 4) return ids.map(() => 201);
        const error = { type: "circuit_breaking_exception", reason: "hunter2" };
        return { status: 503, body: { error } };
      });
      await sendBulk(client, [indexOperation("a", '{"content":"hunter2"}')], POLICY);
    } finally {
      redirectLogs(undefined);
      setLogLevel(level);
    }
    const [failing, ...others] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(failing?.["msg"], "OpenSearch keeps failing; still trying");
    assert.equal(failing?.["why"], "status 503, circuit_breaking_exception");
    assert.ok(others.length <= 1);
    assert.doesNotMatch(lines.join(""), /hunter2/);
  });

  it("gives up in time, and at once on a wrong setting", async () => {
    const down = fake(() => "nothing");
    await assert.rejects(
      sendBulk(down, operations(["a"]), { ...POLICY, maxRetryDurationMs: 0 }),
      isFatal("PIPELINE", /refused/),
    );
    assert.equal(down.requests.length, 1);
    const denied = fake(() => ({ status: 403, body: { error: { type: "security_exception" } } }));
    await assert.rejects(sendBulk(denied, operations(["a"]), POLICY), isFatal("ACCESS_DENIED", /credentials/));
    assert.equal(denied.requests.length, 1);
  });

  it(`stores everything once whatever fails in between, in requests of bounded size (seed ${SEED})`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }),
        fc.infiniteStream(fc.nat(9)),
        async (sizes, chances) => {
          const stored: string[] = [];
          let failures = 3;
          const client = fake((ids) =>
            ids.map((id) => {
              if (failures > 0 && chances.next().value! < 3) {
                failures--;
                return 429;
              }
              stored.push(id);
              return 201;
            }),
          );
          const ids = sizes.map((_, index) => String(index));
          const all = sizes.map((size, index) => operations([String(index)], size)[0]!);
          const outcomes = await sendBulk(client, all, { index: "i", maxRequestBytes: 500 });
          assert.ok(outcomes.every(({ kind }) => kind === "stored") && outcomes.length === ids.length);
          assert.deepEqual(stored.sort(), ids.sort());
          const sizeOf = (request: readonly string[]) =>
            request.reduce((sum, id) => sum + all[Number(id)]!.lines.length, 0);
          for (const request of client.requests) assert.ok(request.length === 1 || sizeOf(request) <= 500);
        },
      ),
      { seed: SEED, numRuns: 15 },
    );
  });
});
