import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { deadLetterIndex, documentIndex, ledgerIndex } from "../../../../../src/io/opensearch/indexes/mapping";
import { DEFAULT_INDEX } from "../../../../../src/io/opensearch/settings";

const PAGE = readFileSync(path.resolve(__dirname, "../../../../../docs/documents.md"), "utf8");

/** The fields named in the first column of a section's table. */
function fieldsOf(section: string): readonly string[] {
  const [, text = ""] = PAGE.split(`\n## ${section}\n`);
  const rows = text.split("\n## ")[0]!.matchAll(/^\| ((?:`\w+`(?:, )?)+) +\|/gm);
  return [...rows].flatMap(([, cell]) => [...cell!.matchAll(/\w+/g)].map(([field]) => field));
}

describe("the page about documents", () => {
  const names = { index: "sessions", deadLetterIndex: "letters", ledgerIndex: "ledgers" };
  const settings = { ...DEFAULT_INDEX, ...names, dimension: 1_024, attributes: ["channel"] };

  it("describes each field of the indexes, and no other", () => {
    const session = Object.keys(documentIndex(settings, false).mappings.properties);
    assert.deepEqual(fieldsOf("Sessions").toSorted(), session.toSorted());
    assert.deepEqual(fieldsOf("Ledgers").toSorted(), Object.keys(ledgerIndex(settings).mappings.properties).toSorted());
    const letter = Object.keys(deadLetterIndex(settings).mappings.properties);
    assert.deepEqual(fieldsOf("Dead letters").toSorted(), letter.toSorted());
  });
});
