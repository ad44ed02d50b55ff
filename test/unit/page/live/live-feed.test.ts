import assert from "node:assert/strict";
import type { LiveEvent } from "../../../../src/page/live/contract";
import { afterEvents, countHeld, MAX_ITEMS, NOTHING, released } from "../../../../src/page/client/live/live-feed";
import { addressOf, sessionsAt, watchingOf } from "../../../../src/page/client/live/live-state";

type SessionEvent = Extract<LiveEvent, { event: "session" }>;

function session(number: number, summary = "s"): SessionEvent {
  const time = new Date(number).toISOString();
  return {
    event: "session",
    id: `x.${number}`,
    data: {
      ...{ id: `d${number}`, userId: "u", start: time, end: time, indexedAt: time, part: 1, partCount: 1 },
      ...{ messageCount: 2, language: "en", intent: "refund", topics: [], sentiment: "neutral", sensitive: false },
      ...{ sensitiveKinds: [], categories: [], roles: [], attributes: {}, truncated: false, summaryModel: "m" },
      summary: [{ text: summary }],
    },
  };
}

const many = (count: number): readonly LiveEvent[] => Array.from({ length: count }, (_, place) => session(place));

describe("what came in", () => {
  it("is shown with the newest first, and a session that was amended once, anew", () => {
    const { items } = afterEvents(NOTHING, [session(1), session(2), session(1, "amended")], false);
    assert.deepEqual(
      items.map(({ key }) => key),
      ["session d1", "session d2"],
    );
  });

  it("waits while one reads, is counted, and comes when one goes on", () => {
    const before = afterEvents(NOTHING, [session(1)], false);
    const held = afterEvents(
      before,
      [session(2), { event: "more", id: "x.9", data: { sessions: 5, alerts: 2 } }, session(1, "amended")],
      true,
    );
    assert.deepEqual(held.items, before.items);
    assert.deepEqual(countHeld(held), { sessions: 7, alerts: 2 });
    const after = released(held);
    assert.deepEqual(
      after.items.map(({ key }) => key),
      ["session d1", "more x.9", "session d2"],
    );
    assert.equal(after.held.length, 0);
  });

  it("is bounded, shown or held, and none is lost from the count", () => {
    const held = afterEvents(NOTHING, many(MAX_ITEMS * 3), true);
    assert.equal(held.held.length, MAX_ITEMS);
    assert.deepEqual(countHeld(held), { sessions: MAX_ITEMS * 3, alerts: 0 });
    assert.equal(released(held).items.length, MAX_ITEMS);
    assert.equal(afterEvents(NOTHING, many(MAX_ITEMS * 3), false).items.length, MAX_ITEMS);
  });

  it("stays counted each time that one goes on, behind all that is shown", () => {
    const later = (from: number, count: number): readonly LiveEvent[] => many(from + count).slice(from);
    for (const [shown, held] of [
      [95, 5],
      [95, 6],
      [MAX_ITEMS, 1],
      [150, 5],
      [150, 150],
      [5, 150],
    ] as const) {
      const full = afterEvents(NOTHING, many(shown), false);
      const { items, held: left } = released(afterEvents(full, later(shown, held), true));
      const place = items.findIndex(({ kind }) => kind === "more");
      assert.ok(items.length <= MAX_ITEMS && (place === -1 || place === items.length - 1), `${shown} + ${held}`);
      assert.deepEqual(countHeld({ ...NOTHING, held: items }), { sessions: shown + held, alerts: 0 });
      assert.equal(left.length, 0);
    }
  });

  it("has figures of one hour, each time once", () => {
    const names = [
      "read",
      "open",
      "closed",
      "indexed",
      "deadLetters",
      "alerts",
      "lagSeconds",
      "tokens",
      "usd",
    ] as const;
    const at = (atMs: readonly number[], isWhole: boolean): LiveEvent => {
      const values = Object.fromEntries([...names, "freshnessSeconds"].map((name) => [name, [...atMs]])) as never;
      return { event: "figures", data: { source: "job", isWhole, atMs: [...atMs], values } };
    };
    const hourMs = 3_600_000;
    const { figures } = afterEvents(NOTHING, [at([0, 5_000, 10_000], true), at([hourMs + 5_000], false)], false);
    assert.deepEqual(figures?.atMs, [5_000, 10_000, hourMs + 5_000]);
    assert.deepEqual((figures?.values as Record<string, number[]>)["read"], figures?.atMs);
    assert.deepEqual(afterEvents({ ...NOTHING, figures }, [at([7], true)], false).figures?.atMs, [7]);
  });

  it("stands in the address, what is shown and whether it is paused", () => {
    for (const address of ["/live", "/live?show=alerts", "/live?show=sessions&paused=yes", "/live?paused=yes"]) {
      assert.equal(addressOf(watchingOf(new URL(address, "http://x").search)), address);
    }
    assert.deepEqual(watchingOf("?show=x&paused=1"), { show: "all", paused: false });
  });

  it("leads from a message's alert to the sessions of its time, and to all where that cannot be read", () => {
    const [start, end] = ["2026-03-01T12:00:00.000Z", "2026-03-01T12:05:00.000Z"];
    const { searchParams } = new URL(sessionsAt({ start, end }), "http://x");
    assert.deepEqual(
      [...searchParams],
      [
        ["from", start],
        ["to", "2026-03-01T12:05:00.001Z"],
      ],
    );
    for (const broken of ["", "yesterday", undefined as never]) {
      assert.equal(sessionsAt({ start, end: broken }), "/");
      assert.equal(sessionsAt({ start: broken, end }), "/");
    }
  });
});
