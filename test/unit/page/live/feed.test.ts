import assert from "node:assert/strict";
import { Feed } from "../../../../src/page/live/feed";
import { FakeIndex, written } from "./fake-index";

/** Documents that one poll looks at. */
const LOOKED_AT = 50;

describe("new sessions and alerts", () => {
  for (const kind of ["sessions", "alerts"] as const) {
    const index = new FakeIndex();
    let feed: Feed;
    const told = async (): Promise<readonly string[]> => {
      const events = await feed.poll();
      return events.map(({ event, data }) => (event === "more" ? `${data[kind]} more` : data.id));
    };
    const start = async (count: number, startMs = 1_000_000): Promise<void> => {
      index[kind] = written(0, count);
      feed = new Feed(index, { index: "sessions", alertIndex: "sessions-alerts" }, startMs);
      assert.equal((await told()).length, Math.min(count, LOOKED_AT));
    };

    it(`are no old ${kind} that come into sight because newer ones were erased`, async () => {
      await start(200);
      for (const erased of [3, LOOKED_AT + 5, 3]) {
        index[kind] = index[kind].slice(0, -erased);
        assert.deepEqual(await told(), []);
      }
      index[kind] = [...index[kind], ...written(200, 1)];
      assert.deepEqual(await told(), ["d200"]);
    });

    it(`are no old ${kind} that were written at one moment with the last one in sight`, async () => {
      const atOnce = written(0, 60).map(({ id }) => ({ id, atMs: 1_000 }));
      index[kind] = atOnce;
      feed = new Feed(index, { index: "sessions", alertIndex: "sessions-alerts" }, 2_000);
      assert.equal((await told()).length, LOOKED_AT);
      index[kind] = atOnce.slice(3);
      assert.deepEqual(await told(), []);
    });

    it(`are no ${kind} that were counted before`, async () => {
      await start(0, 0);
      index[kind] = written(0, LOOKED_AT + 20);
      assert.equal((await told())[0], "20 more");
      index[kind] = index[kind].slice(0, -3);
      assert.deepEqual(await told(), []);
    });

    it(`are ${kind} that were written before the others and can be found later, as a number`, async () => {
      await start(0, 0);
      index[kind] = written(10, LOOKED_AT);
      assert.equal((await told()).length, LOOKED_AT);
      index[kind] = written(10, 20);
      // The total may come back, by another copy of a shard.
      for (let poll = 0; poll < 3; poll++) assert.deepEqual(await told(), []);
      index[kind] = [...index[kind], ...written(8, 1)];
      assert.deepEqual(await told(), ["1 more"]);
    });

    it(`are ${kind} each once, though half of them can be found later than others that were written after them`, async () => {
      const count = 600;
      await start(0, 0);
      let sum = 0;
      for (let poll = 1; poll <= count / 20 + 2; poll++) {
        const all = written(0, Math.min(poll * 20, count));
        index[kind] = all.filter((_, place) => place % 2 === 0 || place < (poll - 2) * 20);
        for (const each of await told()) sum += each.endsWith("more") ? Number.parseInt(each, 10) : 1;
      }
      assert.equal(sum, count);
    });

    it(`are no ${kind} that were told once, also when a thousand newer ones are erased`, async () => {
      await start(0, 0);
      for (let poll = 1; poll <= 30; poll++) {
        index[kind] = written(0, poll * 40);
        assert.equal((await told()).length, 40);
      }
      index[kind] = written(0, 150);
      assert.deepEqual(await told(), []);
    });

    it(`are no ${kind} of a copy of a shard that has less for a moment`, async () => {
      await start(0, 0);
      for (const count of [70, 60, 70, 60, 70]) {
        index[kind] = written(0, count);
        const own = await told();
        if (count === 70) assert.ok(own.length === 0 || own[0] === "20 more");
        else assert.deepEqual(own, []);
      }
    });

    it(`are no ${kind} that were there all the time while a few were written anew very often`, async () => {
      await start(LOOKED_AT - 10);
      for (let round = 1; round <= 600; round++) {
        index[kind] = [...written(0, LOOKED_AT - 12), { id: `a${round}`, atMs: round * 100 }];
        index[kind] = [...index[kind], { id: `b${round}`, atMs: round * 100 }];
        assert.deepEqual(new Set(await told()), new Set([`a${round}`, `b${round}`]));
      }
    });
  }
});
