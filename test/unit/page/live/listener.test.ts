import assert from "node:assert/strict";
import type { LiveEvent } from "../../../../src/page/live/contract";
import { EventParser, type ServerEvent } from "../../../../src/page/client/live/event-parser";
import { MAX_SAMPLES } from "../../../../src/page/live/joined-figures";
import { Listener, MAX_WAITING } from "../../../../src/page/live/listener";
import { until } from "../../../support/until";

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

  it("gets an hour of figures at most, however long it did not read", async () => {
    const last = MAX_SAMPLES + 300;
    listener.push(figures(0, true));
    for (let at = 1; at <= last; at++) listener.push(figures(at));
    const { atMs, values } = JSON.parse((await read())[0]!.data) as Record<string, { read: number[] }>;
    const wanted = Array.from({ length: MAX_SAMPLES }, (_, place) => last - MAX_SAMPLES + 1 + place);
    assert.deepEqual([atMs, values!.read], [wanted, wanted]);
  });

  it("is ended and forgotten when it reads nothing, at once or later, and not while it waits for news", async () => {
    const [never, once, patient] = [0, 1, 2].map(() => new Listener((each) => gone.push(each), 20));
    const [first, second, third] = [never!, once!, patient!].map(({ body }) => body.getReader());
    const waits = third!.read();
    once!.push(alert(1));
    assert.equal((await second!.read()).done, false);
    never!.push(alert(2));
    await until("both are forgotten", () => gone.length === 2);
    assert.deepEqual(new Set(gone), new Set([never, once]));
    assert.deepEqual([(await first!.read()).done, (await second!.read()).done], [true, true]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    patient!.push(alert(3));
    assert.match(new TextDecoder().decode((await waits).value), /x\.3/);
    patient!.close();
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
