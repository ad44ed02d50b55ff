import assert from "node:assert/strict";
import type { SearchHit } from "../../../src/io/opensearch/searching/search";
import { hitsTable } from "../../../src/cli/search-table";

const document = {
  start: "2026-01-12T10:03:00.000Z",
  userId: "dmitri",
  intent: "technical_support",
  summary: "I was charged twice for order 45918. Please refund the second one. 退款在哪里 ".repeat(3).trim(),
  part: 1,
  partCount: 2,
  sensitive: true,
};
// The cast is sound for the fields that are shown.
const hit = { id: "1", score: 1, weak: false, document, messages: [] } as unknown as SearchHit;
const message = {
  index: 3,
  timestamp: "2026-01-12T10:04:59.000Z",
  role: "agent\u001b",
  excerpt: [
    { text: "I see that you were\n" },
    { text: "charged twice", match: true },
    { text: " for order 45918. ".repeat(9) },
  ],
} as const;

/** Columns of a terminal: Chinese characters take two. */
function columns(line: string): number {
  return [...line].reduce((sum, character) => sum + (/\p{Script=Han}/u.test(character) ? 2 : 1), 0);
}

describe("the search's table", () => {
  for (const width of [50, 79, 80, 99, 100, 120, 300]) {
    it(`fits a screen of ${width} columns`, () => {
      const lines = hitsTable([hit, { ...hit, weak: true, messages: [message] }], 8, width, true).split("\n");
      for (const line of lines.slice(0, -2)) assert.ok(columns(line) <= width, line);
    });
  }

  it("is a list on a narrow screen", () => {
    const lines = hitsTable([hit, hit], 8, 80, false).split("\n");
    assert.equal(lines[0], "  9  2026-01-12 10:03  dmitri · technical support");
    assert.equal(lines[1], "     I was charged twice for order 45918. Please refund the second one.");
    assert.ok(lines.some((line) => line.endsWith("(part 1 of 2, sensitive)")));
    assert.ok(lines.some((line) => line.startsWith(" 10  ")));
  });

  it("shows an id's unseen characters, and that a summary is partial", () => {
    const own = { ...document, userId: "dmitri\u200b", truncated: true };
    const lines = hitsTable([{ ...hit, document: own } as unknown as SearchHit], 0, 80, false).split("\n");
    assert.match(lines[0]!, /dmitri\\u\{200b\} ·/);
    assert.ok(lines.at(-1)!.endsWith("sensitive, partial)"));
  });

  it("shows the messages that match below the summary, with the time, who wrote them, and the words marked", () => {
    const lines = hitsTable([{ ...hit, messages: [message] }], 0, 80, false).split("\n");
    const at = lines.findIndex((line) =>
      line.startsWith("     10:04 agent\ufffd: I see that you were *charged twice* for"),
    );
    assert.ok(at > 0 && lines[at - 1]!.endsWith("sensitive)"), lines.join("\n"));
    const unknown = { ...message, role: undefined } as unknown as typeof message;
    assert.match(hitsTable([{ ...hit, messages: [unknown] }], 0, 120, false), /10:04: I see that you/);
  });

  it("says which matches are weak, and when all of them are", () => {
    const weak = { ...hit, weak: true };
    const mixed = hitsTable([hit, weak], 0, 80, false);
    assert.equal(mixed.match(/weak match/g)?.length, 1);
    assert.doesNotMatch(mixed, /Nothing fits/);
    assert.match(hitsTable([weak, weak], 0, 80, false), /^Nothing fits this well; nearest are:\n/);
  });

  it("says that nothing was found", () => {
    assert.equal(hitsTable([], 0, 80, true), "No session was found.");
  });
});
