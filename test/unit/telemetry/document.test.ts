/** docs/metrics.md beside the table of metrics. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { histogramCounters } from "../../../src/beam";
import { FAILED_BULK_CAUSES, FAILED_CALL_CAUSES, RETRY_CAUSES } from "../../../src/io/retry-causes";
import { ERROR_TYPE, type MetricRow } from "../../../src/telemetry/row";
import { METRICS } from "../../../src/telemetry/table";

const TEXT = readFileSync(path.resolve(__dirname, "../../../docs/metrics.md"), "utf8");
const FACTS = { stream: "s", index: "i", summaryModel: "m", embeddingModel: "e" };
const UNITS: Readonly<Record<string, string>> = { s: ", s", USD: ", dollars" };

/** Rows of all tables, by what stands in code in their first cell. */
const ROWS = new Map(
  [...TEXT.matchAll(/^\| (`[^|]*) \|(.*)\|$/gm)].flatMap(([, first = "", rest = ""]) =>
    codesIn(first).map((code) => [code, rest.split("|").map((cell) => cell.trim())] as const),
  ),
);
const MODEL_LABELS = codesIn(/\*\*The model's labels\*\* are ([\s\S]*?) and `stage`/.exec(TEXT)?.[1] ?? "");

function codesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

function labelsOf(row: MetricRow): readonly string[] {
  const series = row.series(FACTS).flatMap(({ labels = {} }) => Object.keys(labels));
  const failed = row.kind === "histogram" && row.failed !== undefined ? [ERROR_TYPE] : [];
  return [...new Set([...series, ...failed])].toSorted();
}

describe("the documentation of metrics", () => {
  for (const row of METRICS) {
    it(`has the kind, the unit, the labels and the sources of ${row.name}`, () => {
      const [kind, , labels = "", sources = ""] = ROWS.get(row.name) ?? [];
      assert.equal(kind, `${row.kind}${UNITS[row.unit] ?? ""}`);
      const [own = ""] = labels.split(" (");
      const models = labels.includes("the model's") ? [...MODEL_LABELS, "stage"] : [];
      const inCode = codesIn(labels.replaceAll(/\([^)]*\)/g, ""));
      assert.deepEqual([...new Set([...inCode, ...models])].toSorted(), labelsOf(row), own);
      if (row.kind !== "histogram") return;
      const [first = ""] = row.series(FACTS).map(({ spec }) => histogramCounters(spec).buckets[0]!);
      const [named = ""] = codesIn(sources);
      assert.ok(first.startsWith(named.replace("…", "")), `${named} is not how ${first} begins`);
    });
  }

  it("has each cause, with its stages", () => {
    const all = Object.values(RETRY_CAUSES).flat();
    for (const cause of new Set([...all, ...FAILED_BULK_CAUSES, ...FAILED_CALL_CAUSES])) {
      const cells = ROWS.get(cause);
      assert.ok(cells !== undefined, cause);
      const stages = Object.entries(RETRY_CAUSES).filter(([, causes]) => (causes as readonly string[]).includes(cause));
      if (stages.length === 0) continue;
      const told = cells.at(-1) ?? "";
      const missing = stages.map(([stage]) => stage);
      if (told === "all") assert.equal(missing.length, 4, cause);
      else if (told.startsWith("all but")) assert.equal(missing.length + codesIn(told).length, 4, cause);
      else assert.deepEqual(codesIn(told).toSorted(), missing.toSorted(), cause);
    }
  });
});
