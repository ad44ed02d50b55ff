import assert from "node:assert/strict";
import { EventParser } from "../../../../src/page/client/live/event-parser";
import type { LiveMore } from "../../../../src/page/live/contract";
import { LiveHub } from "../../../../src/page/live/hub";
import { until } from "../../../support/until";
import { FakeIndex, written } from "./fake-index";

/** Fewer than one poll looks at, so that each is told. */
const BATCH = 45;

interface Told {
  /** Sessions and alerts. */
  readonly count: number;
  readonly lastId: string | undefined;
}

describe("the windows that listen", function () {
  this.timeout(20_000);
  let index: FakeIndex;
  let hub: LiveHub;

  beforeEach(() => {
    index = new FakeIndex();
    const deadLetters = { client: index, index: "sessions-dead-letters" };
    const sources = { openSearch: index, index: "sessions", embed: async () => [], lexical: true, deadLetters };
    hub = new LiveHub(sources, { pollMs: 40, maxCheckMs: 100 });
  });
  afterEach(() => hub.close());

  /** Counts what a window is told until `isEnough`, and closes it. */
  async function listen(lastId: string | undefined, isEnough: (told: Told) => boolean): Promise<Told> {
    const reader = (await hub.open({ lastId }))!.getReader();
    const parser = new EventParser();
    let told: Told = { count: 0, lastId };
    while (!isEnough(told)) {
      const { value, done } = await reader.read();
      assert.equal(done, false);
      for (const { event, id, data } of parser.take(new TextDecoder().decode(value))) {
        if (id === undefined) continue;
        const { sessions, alerts } = JSON.parse(data) as LiveMore;
        told = { count: told.count + (event === "more" ? sessions + alerts : 1), lastId: id };
      }
    }
    await reader.cancel();
    return told;
  }

  it("are told or counted all that came while they were away, however much that was", async () => {
    const startMs = Date.now() + 1_000;
    const write = (count: number): void => {
      index.sessions = written(0, count, startMs);
      index.alerts = written(0, count, startMs);
    };
    write(5);
    const { lastId } = await listen(undefined, ({ count }) => count === 10);
    let others = 0;
    const other = listen(undefined, ({ count }) => (others = count) === 10 + 6 * BATCH);
    for (let batch = 1; batch <= 3; batch++) {
      write(5 + batch * BATCH);
      await until("the other window was told all", () => others === 10 + batch * 2 * BATCH);
    }
    const last = await other;
    const back = await listen(lastId, (told) => told.lastId === last.lastId);
    assert.equal(back.count, 6 * BATCH);
    assert.equal((await listen(back.lastId, () => true)).count, 0);
  });

  it("are let in soon while OpenSearch does not answer, and told as a number what may be erased", async () => {
    index.sessions = written(0, 3, Date.now());
    await listen(undefined, ({ count }) => count === 3);
    index.hangs = true;
    const startMs = performance.now();
    const { count } = await listen(undefined, (told) => told.count > 0);
    assert.equal(count, 3);
    assert.ok(performance.now() - startMs < 5_000);
  });

  it("are told what comes after the clock was set back", async () => {
    const { now } = Date;
    const startMs = now();
    index.sessions = written(0, 1, startMs);
    try {
      await listen(undefined, ({ count }) => {
        if (count === 1) {
          Date.now = () => now() - 3_600_000;
          index.sessions = written(0, 2, startMs);
        }
        return count === 2;
      });
    } finally {
      Date.now = now;
    }
  });
});
