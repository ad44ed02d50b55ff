import assert from "node:assert/strict";
import type { DeadLetterEntry } from "../../../src/io/opensearch/letters/dead-letter-store";
import { lettersTable } from "../../../src/cli/dead-letter-text";

// The cast is sound for the fields that are shown.
const entry = {
  id: "c583aebd-f7fe-5d04-aa11-5ecea4ad61ff",
  code: "BAD_TIMESTAMP",
  stage: "parse",
  messageCount: 1,
  attempts: 2,
  reason: 'the time at "timestamp" is unreadable or absurd',
} as unknown as DeadLetterEntry;

describe("the table of dead letters", () => {
  for (const width of [60, 80, 129, 130, 200]) {
    it(`fits a screen of ${width} columns`, () => {
      for (const line of lettersTable([entry, entry], 2, false, width).split("\n"))
        assert.ok(line.length <= width, line);
    });
  }

  it("is a list on a narrow screen", () => {
    assert.deepEqual(lettersTable([entry], 3, false, 80).split("\n"), [
      "c583aebd-f7fe-5d04-aa11-5ecea4ad61ff  BAD_TIMESTAMP",
      '     parse, 1 message, 2 attempts: the time at "timestamp" is unreadable or',
      "     absurd",
      "1 of 3 dead letters (the oldest; --limit shows more).",
    ]);
  });

  it("tells that there are none from that none fits", () => {
    assert.equal(lettersTable([], 0, false, 80), "There are no dead letters.");
    assert.equal(lettersTable([], 0, true, 80), "There are no such dead letters.");
  });
});
