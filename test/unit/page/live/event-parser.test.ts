import assert from "node:assert/strict";
import fc from "fast-check";
import { EventParser } from "../../../../src/page/client/live/event-parser";
import { eventText, HEARTBEAT } from "../../../../src/page/live/events";

const SEED = 17;

describe("server-sent events", () => {
  it(`are read as they were written, however the stream is cut (seed ${SEED})`, () => {
    const event = fc.record({ rule: fc.string({ unit: "binary" }), isHeartbeat: fc.boolean() });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 10 }), (events, cuts) => {
        const more = events.map(({ rule }, number) => ({ rule, id: `a.${number}` }));
        const text = more
          .map(({ rule, id }, number) => {
            const data = { sessions: 1, alerts: 0, rule };
            return (events[number]!.isHeartbeat ? HEARTBEAT : "") + eventText({ event: "more", id, data });
          })
          .join("");
        const parser = new EventParser();
        const places = [...cuts.map((cut) => Math.min(cut, text.length)), text.length].toSorted((a, b) => a - b);
        const found = places.flatMap((place, number) => parser.take(text.slice(places[number - 1] ?? 0, place)));
        assert.deepEqual(
          found.map(({ id, data }) => ({ id, rule: (JSON.parse(data) as { rule: string }).rule })),
          more.map(({ id, rule }) => ({ id, rule: JSON.parse(JSON.stringify(rule)) as string })),
        );
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
