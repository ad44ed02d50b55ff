import assert from "node:assert/strict";
import type { RecordsAnswer, StreamApi } from "../../../../src/io/kinesis/api";
import { type Fetching, reachesTip, ShardPoller } from "../../../../src/io/kinesis/poller";
import type { ShardPosition } from "../../../../src/io/kinesis/restriction";
import { SHARD_LIMITS } from "../../../../src/io/kinesis/settings";
import { ShardPace } from "../../../../src/io/kinesis/shard-pace";
import { oneClock } from "../../../support/kinesis/one-clock";

type Script = readonly (Partial<RecordsAnswer> | Error)[];

const record = (sequenceNumber: string) => ({
  sequenceNumber,
  arrivalMs: 0,
  data: Buffer.from("{}"),
  partitionKey: "k",
});
const serviceError = (name: string, status: number): Error =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });

/** Answers GetRecords by the script; notes every call. */
function scripted(script: Script, listings: readonly (readonly { shardId: string; parentShardId: string }[])[] = []) {
  const calls: string[] = [];
  let [at, listed] = [0, 0];
  const api: StreamApi = {
    streamName: "chat",
    async listShards() {
      calls.push("list");
      return listings[Math.min(listed++, listings.length - 1)] ?? [];
    },
    async getIterator(_shardId: string, position: ShardPosition) {
      calls.push(
        `iterator ${"sequenceNumber" in position ? `${position.kind} ${position.sequenceNumber}` : position.kind}`,
      );
      return "i";
    },
    async getRecords(iterator: string) {
      calls.push(`records ${iterator}`);
      const step = script[at++];
      if (step instanceof Error) throw step;
      return { records: [], nextIterator: `i${at}`, millisBehindLatest: 0, childShards: [], ...step };
    },
  };
  return { api, calls };
}

describe("poller of a shard", () => {
  let nowMs: number;
  const clock = oneClock(() => nowMs);
  const pollerOf = (api: StreamApi, position: ShardPosition = { kind: "horizon" }, clocks = clock): ShardPoller =>
    new ShardPoller("s", position, api, new ShardPace(SHARD_LIMITS, nowMs), 10_000, clocks);
  const step = async (poller: ShardPoller, allowed: Fetching = "ahead"): Promise<void> => {
    nowMs += poller.dueInMs();
    poller.pump(() => allowed);
    await poller.underWay;
  };

  beforeEach(() => (nowMs = 1_000_000));

  it("fetches one answer ahead and no more", async () => {
    const { api, calls } = scripted([
      { records: [record("1")] },
      { records: [record("2")] },
      { records: [record("3")] },
    ]);
    const poller = pollerOf(api);
    await step(poller);
    assert.equal(poller.answer()?.records[0]?.sequenceNumber, "1");
    await step(poller, "needed");
    assert.deepEqual(calls, ["iterator horizon", "records i"]);
    await step(poller);
    await step(poller);
    assert.deepEqual(calls, ["iterator horizon", "records i", "records i1"]);
    poller.done();
    assert.equal(poller.answer()?.records[0]?.sequenceNumber, "2");
  });

  it("asks less often at the tip, and as often as it may behind it", async () => {
    const { api } = scripted([{ millisBehindLatest: 5 }, { millisBehindLatest: 5 }, { records: [record("1")] }, {}]);
    const pace = new ShardPace({ ...SHARD_LIMITS, tipGetRecordsPerS: 2 }, nowMs);
    const poller = new ShardPoller("s", { kind: "horizon" }, api, pace, 10_000, clock);
    const pausesMs: number[] = [];
    for (let call = 0; call < 5; call++) {
      await step(poller);
      poller.answer();
      poller.done();
      pausesMs.push(poller.dueInMs());
    }
    assert.deepEqual(pausesMs, [200, 200, 500, 500, 500]);
  });

  it("keeps to five requests a second", async () => {
    const { api } = scripted([]);
    const poller = pollerOf(api);
    await step(poller);
    poller.answer();
    poller.done();
    assert.equal(poller.dueInMs(), 200);
    nowMs += 199;
    poller.pump(() => "ahead");
    assert.equal(poller.underWay, undefined);
  });

  it("reads on in its pace when the time of day is set back", async () => {
    const { api } = scripted([{ records: [record("1")] }, serviceError("InternalFailure", 500), {}, {}]);
    let setBackMs = 0;
    const poller = pollerOf(api, undefined, { ...clock, wallMs: () => nowMs - setBackMs });
    for (let count = 0; count < 5; count++) {
      await step(poller);
      const answer = poller.answer();
      assert.ok(answer === undefined || Math.abs(answer.pollMs - (nowMs - setBackMs)) < 1_000);
      poller.done();
      setBackMs += 3_600_000;
      assert.ok(poller.dueInMs() <= 500, `it waits for ${poller.dueInMs()} ms`);
    }
  });

  it("renews an expired iterator behind the last record fetched", async () => {
    const { api, calls } = scripted([{ records: [record("41")] }, serviceError("ExpiredIteratorException", 400), {}]);
    const poller = pollerOf(api);
    await step(poller);
    poller.answer();
    for (let count = 0; count < 2; count++) await step(poller);
    assert.deepEqual(calls, ["iterator horizon", "records i", "records i1", "iterator after 41", "records i"]);
  });

  it("asks again from the same iterator after trouble, ever more slowly, and counts them by cause", async () => {
    const throttled = serviceError("ProvisionedThroughputExceededException", 400);
    const { api, calls } = scripted([
      throttled,
      serviceError("InternalFailure", 500),
      throttled,
      { records: [record("1")] },
    ]);
    const poller = pollerOf(api);
    for (let count = 0; count < 4; count++) await step(poller);
    assert.equal(poller.answer()?.records.length, 1);
    assert.deepEqual(
      [...poller.retries],
      [
        ["throttled", 2],
        ["unavailable", 1],
      ],
    );
    assert.deepEqual(calls, ["iterator horizon", "records i", "records i", "records i", "records i"]);
    assert.ok(nowMs - 1_000_000 >= 100 + 200 + 400);
  });

  it("hands over what it fetched before it reports a fatal error", async () => {
    const { api } = scripted([{ records: [record("1")] }, serviceError("AccessDeniedException", 400)]);
    const poller = pollerOf(api);
    await step(poller);
    assert.equal(poller.answer()?.records.length, 1);
    await step(poller);
    assert.equal(poller.answer()?.records.length, 1);
    poller.done();
    assert.throws(() => poller.answer(), { name: "JobError", code: "ACCESS_DENIED" });
  });

  it("looks for a closed shard's children until both are visible", async () => {
    const [b, c] = ["b", "c"].map((shardId) => ({ shardId, parentShardId: "s" }));
    const last: Partial<RecordsAnswer> = { records: [record("1")], childShards: [] };
    const { api, calls } = scripted([], [[], [b!], [b!, c!]]);
    const ending: StreamApi = {
      ...api,
      getRecords: async () => ({ records: last.records!, millisBehindLatest: 0, childShards: [] }),
    };
    const poller = pollerOf(ending);
    for (let count = 0; count < 4; count++) await step(poller);
    assert.equal(poller.children, undefined, "not before its records are done");
    poller.answer();
    poller.done();
    assert.deepEqual(poller.children, ["b", "c"]);
    assert.deepEqual(calls, ["iterator horizon", "list", "list", "list"]);
  });

  it("begins a listing again whose token has expired, after a pause", async () => {
    let listed = 0;
    const { api } = scripted([]);
    const ending: StreamApi = {
      ...api,
      getRecords: async () => ({ records: [], millisBehindLatest: 0, childShards: [] }),
      listShards: async () => {
        if (++listed < 3) throw serviceError("ExpiredNextTokenException", 400);
        return ["b", "c"].map((shardId) => ({ shardId, parentShardId: "s" }));
      },
    };
    const poller = pollerOf(ending);
    await step(poller);
    poller.answer();
    poller.done();
    const beganMs = nowMs;
    for (let count = 0; count < 3; count++) await step(poller);
    assert.deepEqual(poller.children, ["b", "c"]);
    assert.ok(nowMs - beganMs >= 2 * 200, "it asked without a pause");
  });

  for (const name of ["ResourceInUseException", "LimitExceededException"]) {
    it(`asks for the children again after ${name}`, async () => {
      let listed = 0;
      const { api } = scripted([]);
      const ending: StreamApi = {
        ...api,
        getRecords: async () => ({ records: [], millisBehindLatest: 0, childShards: [] }),
        listShards: async () => {
          if (++listed < 3) throw serviceError(name, 400);
          return ["b", "c"].map((shardId) => ({ shardId, parentShardId: "s" }));
        },
      };
      const poller = pollerOf(ending);
      await step(poller);
      poller.answer();
      poller.done();
      for (let count = 0; count < 3; count++) await step(poller);
      assert.deepEqual(poller.children, ["b", "c"]);
    });
  }

  it("gives up loudly when the shard has expired together with its children", async () => {
    const { api } = scripted([], [[]]);
    const ending: StreamApi = {
      ...api,
      getRecords: async () => ({ records: [], millisBehindLatest: 0, childShards: [] }),
    };
    const poller = pollerOf(ending);
    await step(poller);
    poller.answer();
    poller.done();
    for (let count = 0; count < 9; count++) await step(poller);
    assert.equal(poller.answer(), undefined);
    await step(poller);
    assert.throws(() => poller.answer(), { name: "JobError", code: "STREAM_NOT_FOUND", message: /retention/ });
  });

  describe("a shard that is not found", () => {
    const notFound = serviceError("ResourceNotFoundException", 400);
    const family = [
      { shardId: "c1", parentShardId: "s" },
      { shardId: "c2", parentShardId: "s" },
    ];

    for (const operation of ["getIterator", "getRecords"] as const) {
      it(`goes on with its children where the retention took it (${operation})`, async () => {
        const { api } = scripted([], [family]);
        const poller = pollerOf(
          { ...api, [operation]: () => Promise.reject(notFound) },
          { kind: "after", sequenceNumber: "7" },
        );
        await step(poller);
        assert.equal(poller.answer(), undefined);
        await step(poller);
        assert.deepEqual([poller.children, poller.isGone], [["c1", "c2"], true]);
      });
    }

    it("keeps what was fetched before", async () => {
      const { api } = scripted([{ records: [record("1")] }, notFound], [family]);
      const poller = pollerOf(api);
      await step(poller);
      assert.equal(poller.answer()?.records[0]?.sequenceNumber, "1");
      for (let count = 0; count < 2; count++) await step(poller);
      assert.equal(poller.children, undefined);
      poller.done();
      assert.deepEqual(poller.children, ["c1", "c2"]);
    });

    it("goes on with its children where a listing still has it for a while", async () => {
      const { api } = scripted([]);
      let listings = 0;
      const listShards = () => Promise.resolve(++listings < 5 ? [{ shardId: "s" }, family[0]!] : family);
      const poller = pollerOf({ ...api, getIterator: () => Promise.reject(notFound), listShards });
      for (let count = 0; count < 6; count++) await step(poller);
      assert.deepEqual([poller.answer(), poller.children, poller.isGone], [undefined, ["c1", "c2"], true]);
    });

    for (const [what, listing, expected] of [
      ["its children, too", [{ shardId: "g1", parentShardId: "c1" }, { shardId: "old" }], ["g1", "old"]],
      ["one of its children, too", [family[0]!, { shardId: "g3", parentShardId: "c2" }], ["c1", "g3"]],
    ] as const) {
      it(`goes on with what is there where the retention took ${what}`, async () => {
        const { api } = scripted([]);
        const listShards = () => Promise.resolve(listing);
        const poller = pollerOf({ ...api, getIterator: () => Promise.reject(notFound), listShards });
        for (let count = 0; count < 10; count++) await step(poller);
        assert.deepEqual([poller.answer(), poller.children], [undefined, undefined], "a listing may be out of date");
        await step(poller);
        assert.deepEqual([poller.answer(), poller.children, poller.isGone], [undefined, expected, true]);
      });
    }

    it("is the end where the stream is gone, where it is listed all the same, and where nothing follows it", async () => {
      const listings: Readonly<Record<string, StreamApi["listShards"]>> = {
        "does not exist": () => Promise.reject(notFound),
        "does not find it": () => Promise.resolve([{ shardId: "s" }, ...family]),
        "no longer holds what follows": () => Promise.resolve([]),
      };
      for (const [words, listShards] of Object.entries(listings)) {
        const { api } = scripted([]);
        const poller = pollerOf({ ...api, getIterator: () => Promise.reject(notFound), listShards });
        for (let count = 0; count < 12; count++) await step(poller);
        assert.throws(() => poller.answer(), { code: "STREAM_NOT_FOUND", message: new RegExp(words) });
      }
    });
  });

  it("takes an empty answer for the tip only when nothing is behind it and the shard is open", () => {
    const answer = { records: [], next: 0, pollMs: 0, millisBehindLatest: 0, closed: false, bytes: 0 };
    assert.equal(reachesTip(answer), true);
    assert.equal(reachesTip({ ...answer, millisBehindLatest: 1 }), false);
    assert.equal(reachesTip({ ...answer, closed: true }), false);
    assert.equal(reachesTip({ ...answer, records: [record("1")] }), true);
  });
});
