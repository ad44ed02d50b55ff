import assert from "node:assert/strict";
import { hostileRecords } from "../../support/chat/hostile";

const shape = { count: 3_000, startMs: 1_700_000_000_000, maxMessageBytes: 100_000 };

describe("hostile records", () => {
  const records = hostileRecords(3, shape);

  it("expects exactly one end for each", () => {
    for (const { deadLetterCode, message } of records)
      assert.notEqual(deadLetterCode === undefined, message === undefined);
  });

  it("has every kind, and both valid and refused records in number", () => {
    const kinds = new Set(records.map(({ kind }) => kind));
    assert.ok(kinds.size >= 17, `${kinds.size} kinds`);
    const valid = records.filter(({ message }) => message !== undefined).length;
    assert.ok(valid > 500 && valid < 2_500, `${valid} valid`);
  });

  it("makes valid messages that JSON reads back as meant", () => {
    for (const { data, message } of records) {
      if (message === undefined) continue;
      const { userId, content, messageId } = JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>;
      assert.deepEqual({ userId, content, messageId }, message);
    }
  });
});
