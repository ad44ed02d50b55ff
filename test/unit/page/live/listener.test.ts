import assert from "node:assert/strict";
import type { LiveEvent } from "../../../../src/page/live/contract";
import { EventParser, type ServerEvent } from "../../../../src/page/client/live/event-parser";
import { Listener, MAX_WAITING } from "../../../../src/page/live/listener";

function alert(number: number): LiveEvent {
  const time = new Date(number).toISOString();
  const data = { id: String(number), kind: "phone", severity: "low", rule: "r", lane: "message" };
  return {
    event: "alert",
    id: `x.${number}`,
    data: { ...data, start: time, end: time, messageCount: 1, writtenAt: time },
  };
}

function figures(atMs: number, isWhole = false): LiveEvent {
  const names = ["read", "open", "closed", "indexed", "deadLetters", "alerts", "lagSeconds", "tokens", "usd"] as const;
  const columns = Object.fromEntries([...names, "freshnessSeconds"].map((name) => [name, [atMs]]));
  const values = columns as Extract<Extract<LiveEvent, { event: "figures" }>["data"], { source: "job" }>["values"];
  return { event: "figures", data: { source: "job", isWhole, atMs: [atMs], values } };
}

describe("a window that listens", () => {
  let gone: Listener[];
  let listener: Listener;
  let reader: ReadableStreamDefaultReader<Uint8Array>;
  const parser = new EventParser();
  const read = async (): Promise<readonly ServerEvent[]> => {
    const { value } = await reader.read();
    return parser.take(new TextDecoder().decode(value));
  };

  beforeEach(() => {
    gone = [];
    listener = new Listener((each) => gone.push(each));
    reader = listener.body.getReader();
  });
  afterEach(() => listener.close());

  it("is sent what comes while it waits", async () => {
    const next = read();
    listener.push(alert(1));
    assert.deepEqual(
      (await next).map(({ id }) => id),
      ["x.1"],
    );
  });

  it("holds up nobody while it does not read: the oldest are counted, and the newest sent", async () => {
    for (let number = 1; number <= MAX_WAITING + 250; number++) listener.push(alert(number));
    const [first, ...rest] = await read();
    assert.equal(first?.event, "more");
    assert.equal(first.id, "x.250");
    assert.deepEqual(JSON.parse(first.data), { sessions: 0, alerts: 250 });
    assert.deepEqual(
      rest.map(({ id }) => id),
      Array.from({ length: MAX_WAITING }, (_, place) => `x.${place + 251}`),
    );
  });

  it("gets the hour that waits with the figures that came since, and of states the newest", async () => {
    listener.push({ event: "state", data: { refusal: { code: "X", message: "away" } } });
    listener.push(figures(1, true));
    listener.push(figures(2));
    listener.push({ event: "state", data: { refusal: null } });
    const events = await read();
    assert.deepEqual(
      events.map(({ event }) => event),
      ["state", "figures"],
    );
    assert.deepEqual(JSON.parse(events[0]!.data), { refusal: null });
    const { isWhole, atMs, values } = JSON.parse(events[1]!.data) as Record<string, { read: number[] }>;
    assert.deepEqual([isWhole, atMs, values!.read], [true, [1, 2], [1, 2]]);
  });

  it("ends when the server does, after what it was told", async () => {
    listener.push(alert(7));
    listener.close();
    assert.equal((await read())[0]?.id, "x.7");
    assert.equal((await reader.read()).done, true);
  });

  it("is forgotten when it goes", async () => {
    await reader.cancel();
    assert.deepEqual(gone, [listener]);
  });
});
