import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "../../../../../src/chat/steps/records/parse";
import type { SourceRecord } from "../../../../../src/chat/model";
import type { MessageSettings } from "../../../../../src/chat/steps/records/settings";

const settings: MessageSettings = {
  userField: "userId",
  contentField: "body.text",
  messageIdField: "messageId",
  timestampField: "timestamp",
  timestampUnit: "auto",
  normalizeUser: [],
  maxMessageBytes: 1_000,
  maxFutureMs: 60_000,
  maxAgeMs: 1_000_000,
};
const ARRIVAL_MS = 1_700_000_000_000;

function record(data: string | Uint8Array): SourceRecord {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  return { data: bytes, arrivalMs: ARRIVAL_MS, position: { shardId: "s", sequenceNumber: "1", subSequenceNumber: 0 } };
}

function outcome(value: unknown): string {
  const result = parse(record(typeof value === "string" ? value : JSON.stringify(value)), settings);
  return result.ok ? "ok" : result.code;
}

const message = { userId: "u", body: { text: "hi" } };

describe("parse", () => {
  it("reads user, content, id and time at dotted paths", () => {
    const result = parse(record(JSON.stringify({ ...message, messageId: "m", timestamp: ARRIVAL_MS - 5 })), settings);
    assert(result.ok);
    assert.equal(result.message.userId, "u");
    assert.equal(result.message.content, "hi");
    assert.equal(result.message.messageId, "m");
    assert.equal(result.message.timestampMs, ARRIVAL_MS - 5);
  });

  it("finds a field whose key itself contains the dots", () => {
    const result = parse(record(JSON.stringify({ userId: "u", "body.text": "whole" })), settings);
    assert(result.ok && result.message.content === "whole");
  });

  it("refuses a record that says two things of one field, nested and with dots", () => {
    for (const other of ["whole", null, 5, { text: "hi" }]) {
      const result = parse(record(JSON.stringify({ ...message, "body.text": other })), settings);
      assert(!result.ok && result.code === "AMBIGUOUS");
      assert.equal(result.reason, 'two different values at "body.text"');
    }
    assert.equal(outcome({ ...message, "body.text": "hi" }), "ok");
    const dotted = { ...settings, userField: "user.id", timestampField: "meta.time", messageIdField: "meta.id" };
    const both = { user: { id: "u" }, meta: { time: ARRIVAL_MS, id: "m" }, body: { text: "hi" } };
    for (const key of ["user.id", "meta.time", "meta.id"]) {
      const result = parse(record(JSON.stringify({ ...both, [key]: "victim" })), dotted);
      assert(!result.ok && result.code === "AMBIGUOUS", key);
    }
  });

  it("takes the arrival for a missing time, and reads RFC 3339", () => {
    const without = parse(record(JSON.stringify(message)), settings);
    assert(without.ok && without.message.timestampMs === ARRIVAL_MS);
    const timestamp = new Date(ARRIVAL_MS - 1_000).toISOString();
    const iso = parse(record(JSON.stringify({ ...message, timestamp })), settings);
    assert(iso.ok && iso.message.timestampMs === ARRIVAL_MS - 1_000);
  });

  it("names what is wrong", () => {
    assert.equal(outcome("{"), "UNREADABLE");
    assert.equal(outcome("null"), "NOT_AN_OBJECT");
    assert.equal(outcome("[1]"), "NOT_AN_OBJECT");
    assert.equal(outcome({ body: { text: "hi" } }), "NO_USER");
    assert.equal(outcome({ ...message, userId: " " }), "NO_USER");
    assert.equal(outcome({ ...message, userId: { a: 1 } }), "NO_USER");
    assert.equal(outcome({ ...message, userId: "u".repeat(257) }), "NO_USER");
    assert.equal(outcome({ userId: "u", body: {} }), "NO_CONTENT");
    assert.equal(outcome({ userId: "u", body: { text: 5 } }), "NO_CONTENT");
    assert.equal(outcome({ ...message, timestamp: "yesterday" }), "BAD_TIMESTAMP");
    assert.equal(outcome({ ...message, timestamp: ARRIVAL_MS + 60_001 }), "BAD_TIMESTAMP");
    assert.equal(outcome({ ...message, timestamp: ARRIVAL_MS - 1_000_001 }), "BAD_TIMESTAMP");
    assert.equal(outcome({ ...message, pad: "x".repeat(1_000) }), "TOO_LARGE");
    assert.equal(outcome("[".repeat(900)), "UNREADABLE");
  });

  it("keeps all digits of numbers that are ids: rounded, two of them would be one", () => {
    const long = parse(
      record('{"userId":9007199254740993,"messageId":1129384756102938475,"body":{"text":"hi"}}'),
      settings,
    );
    assert(long.ok);
    assert.deepEqual([long.message.userId, long.message.messageId], ["9007199254740993", "1129384756102938475"]);
    const asText = parse(
      record('{"userId":"9007199254740993","messageId":"1129384756102938475","body":{"text":"hi"}}'),
      settings,
    );
    assert.deepEqual(asText, long);
    assert.equal(outcome('{"userId":9007199254740991,"body":{"text":"hi"}}'), "ok");
    assert.equal(outcome(`{"userId":1${"0".repeat(400)},"body":{"text":"hi"}}`), "NO_USER");
  });

  it("reads an id by its value, and takes no rounded number for one", () => {
    const idOf = (written: string): string | undefined => {
      const result = parse(record(`{"userId":"u","messageId":${written},"body":{"text":"hi"}}`), settings);
      assert(result.ok);
      return result.message.hasUnusableId === true ? "unusable" : result.message.messageId;
    };
    for (const written of ["1000", "1e3", "1000.0", '"1000"']) assert.equal(idOf(written), "1000", written);
    assert.equal(idOf("-0"), "0");
    assert.equal(idOf("-9223372036854775808"), "-9223372036854775808");
    for (const written of ["1.1293847561029385e18", "1e400", "1.5"]) assert.equal(idOf(written), "unusable", written);
    for (const written of ['""', "true", "{}", "[17]", `"${"m".repeat(513)}"`]) assert.equal(idOf(written), "unusable");
    assert.equal(idOf("null"), undefined);
    assert.equal(outcome('{"userId":1.1293847561029385e18,"body":{"text":"hi"}}'), "NO_USER");
  });

  it("takes an id and its scope together when told so", () => {
    const scoped = { ...settings, messageIdScope: "meta.chat" };
    const idIn = (fields: string): string | undefined => {
      const result = parse(record(`{"userId":"u","body":{"text":"hi"},${fields}}`), scoped);
      assert(result.ok);
      return result.message.hasUnusableId === true ? "unusable" : result.message.messageId;
    };
    assert.equal(idIn('"messageId":17,"meta":{"chat":"bank"}'), '["bank","17"]');
    assert.equal(idIn('"messageId":17,"meta":{"chat":1129384756102938475}'), '["1129384756102938475","17"]');
    assert.equal(idIn('"messageId":17'), '[null,"17"]');
    assert.equal(idIn('"messageId":17,"meta":{"chat":[1]}'), "unusable");
    assert.equal(idIn('"meta":{"chat":"bank"}'), undefined);
  });

  it("tells long numbers apart that stand twice in a record", () => {
    const dotted = { ...settings, messageIdField: "meta.id" };
    const twice = (other: string) =>
      parse(record(`{"userId":"u","body":{"text":"hi"},"meta":{"id":9007199254740993},"meta.id":${other}}`), dotted);
    const result = twice("9007199254740992");
    assert(!result.ok && result.code === "AMBIGUOUS");
    assert(twice("9007199254740993").ok);
  });

  it("accepts numbers as user ids and keeps the bounds of time inclusive", () => {
    assert.equal(outcome({ ...message, userId: 42 }), "ok");
    assert.equal(outcome({ ...message, timestamp: ARRIVAL_MS + 60_000 }), "ok");
    assert.equal(outcome({ ...message, timestamp: ARRIVAL_MS - 1_000_000 }), "ok");
  });

  it("says of a time that it cannot take what it looks like, and where it lies", () => {
    const reasonOf = (timestamp: unknown, own: Partial<MessageSettings> = {}): string => {
      const result = parse(record(JSON.stringify({ ...message, timestamp })), { ...settings, ...own });
      assert(!result.ok && result.code === "BAD_TIMESTAMP");
      return result.reason;
    };
    const seconds = ARRIVAL_MS / 1_000;
    assert.match(reasonOf(seconds, { timestampUnit: "ms" }), /lies 54 years behind .*--max-age.* like seconds/);
    assert.match(reasonOf(ARRIVAL_MS + 90_000_000), /lies 25\.0 hours ahead of .*--max-future.* like milliseconds/);
    assert.match(reasonOf(ARRIVAL_MS + 90 * 86_400_000), /lies 90\.0 days ahead of /);
    assert.match(reasonOf("2985-10-26T01:21:00Z"), /lies 9\d\d years ahead of /);
    assert.match(reasonOf("2026-11-28T10:00:00"), /"timestamp" is unreadable: it looks like a local time/);
    assert.equal(outcome({ ...message, timestamp: seconds }), "ok");
  });

  it("reads the times of other producers: Slack, WhatsApp, and numbers of every unit", () => {
    const arrivalMs = 1_795_841_900_000;
    const read = (fields: object, own: Partial<MessageSettings>): number | undefined => {
      const result = parse({ ...record(JSON.stringify(fields)), arrivalMs }, { ...settings, ...own });
      return result.ok ? result.message.timestampMs : undefined;
    };
    const slack = { userField: "event.user", contentField: "event.text", timestampField: "event.ts" };
    const event = { user: "U1", text: "slack style", client_msg_id: "c1", ts: "1795841870.000200" };
    assert.equal(read({ event }, slack), 1_795_841_870_000);
    const whatsapp = { userField: "from", contentField: "body" };
    const sent = { from: "4917000", id: "wamid.1", timestamp: "1795841870", body: "whatsapp style" };
    assert.equal(read(sent, whatsapp), 1_795_841_870_000);
    for (const timestamp of [1_795_841_870.817, 1_795_841_870_817_000, "1795841870817000000"]) {
      assert.equal(read({ ...message, timestamp }, {}), 1_795_841_870_817, String(timestamp));
    }
  });

  it("makes spellings of one user id the same, as it is told to", () => {
    const idOf = (userId: string, normalizeUser: MessageSettings["normalizeUser"]): string | undefined => {
      const result = parse(record(JSON.stringify({ ...message, userId })), { ...settings, normalizeUser });
      return result.ok ? result.message.userId : undefined;
    };
    assert.equal(idOf(" Zoe\u0308 ", []), " Zoe\u0308 ");
    assert.equal(idOf(" Zoe\u0308 ", ["nfc", "trim", "lower"]), "zo\u00eb");
    assert.equal(idOf("ANN", ["lower"]), "ann");
    assert.equal(idOf("  ", ["trim"]), undefined);
    assert.equal(idOf(42 as unknown as string, ["lower"]), "42");
  });

  it("finds nothing through prototypes", () => {
    const evil = { ...settings, userField: "__proto__.name", contentField: "constructor.name" };
    const result = parse(record('{"__proto__":{"name":"x"},"a":1}'), evil);
    assert(!result.ok && result.code === "NO_CONTENT");
    const inherited = parse(record("{}"), { ...settings, userField: "constructor.name" });
    assert(!inherited.ok && inherited.code === "NO_USER");
    for (const userField of ["body.__proto__.userId", "body.constructor.name", "toString.name", "body.text.length"]) {
      const found = parse(record('{"__proto__":{"userId":"x"},"body":{"text":"hi","__proto__":{}}}'), {
        ...settings,
        userField,
      });
      assert(!found.ok && found.code === "NO_USER", userField);
    }
    assert.equal(({} as { userId?: string }).userId, undefined);
  });

  it("never throws, and never quotes the record in its reason", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const result = parse(record(bytes), settings);
        assert.equal(typeof result.ok, "boolean");
      }),
      { seed: 7 },
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), (text) => {
        const marked = `{"secret":"S3CRET",${JSON.stringify(text)}:1}`;
        const result = parse(record(marked), settings);
        assert(result.ok || !result.reason.includes("S3CRET"));
      }),
      { seed: 7 },
    );
  });
});
