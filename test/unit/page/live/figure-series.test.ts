import assert from "node:assert/strict";
import type { LiveFigures } from "../../../../src/page/live/contract";
import { type Series, seriesOf } from "../../../../src/page/client/live/figure-series";

type JobFigures = Extract<LiveFigures, { source: "job" }>;

const COLUMNS = ["read", "open", "closed", "indexed", "deadLetters", "alerts", "lagSeconds", "tokens", "usd"] as const;

function job(values: Partial<JobFigures["values"]>): JobFigures {
  const all = [...COLUMNS, "freshnessSeconds"].map((name) => [name, [null, null, null]]);
  return {
    ...{ source: "job", isWhole: true, atMs: [0, 10_000, 60_000] },
    values: { ...(Object.fromEntries(all) as unknown as JobFigures["values"]), ...values },
  };
}

function only(figures: LiveFigures, id: string): Series {
  return seriesOf(figures).find((each) => each.id === id) ?? assert.fail(id);
}

describe("figures as charts", () => {
  it("are rates of what is counted, over half a minute at most", () => {
    const { points, value, note } = only(job({ read: [0, 100, 1_100] }), "read");
    assert.deepEqual(points, [null, 10, null], "the last has no sample within half a minute before it");
    assert.equal(value, "10/s");
    assert.equal(note, "1,100 messages in all");
    assert.deepEqual(only(job({ closed: [0, 10, 10] }), "closed").points.slice(0, 2), [null, 60], "in a minute");
    assert.equal(only(job({ usd: [0, 0.001, 0.001] }), "usd").value, "$0.36/h");
  });

  it("have a gap where counting began anew, and none that is below zero", () => {
    const figures = { ...job({ indexed: [500, 3, 9, 12] }), atMs: [0, 10_000, 40_001, 50_000] };
    assert.deepEqual(only(figures, "indexed").points.slice(0, 2), [null, null]);
    assert.deepEqual(only({ ...figures, atMs: [0, 31_000, 61_000, 61_500] }, "indexed").points, [null, null, 12, 360]);
  });

  it("are what was measured, and at most; what the runner does not tell is left out", () => {
    const figures = job({ lagSeconds: [1, 200, 0.5], open: [null, null, null] });
    const { value, note } = only(figures, "lagSeconds");
    assert.deepEqual([value, note], ["0.5 s", "at most 3.3 min"]);
    assert.equal(
      seriesOf(figures).some(({ id }) => id === "open"),
      false,
    );
  });

  it("are counts by minute where only the indexes tell", () => {
    const counts = { indexed: [1, 2, 3], messages: [0, 0, 9], deadLetters: [0, 1, 0], alerts: [0, 0, 0] };
    const all = seriesOf({ source: "index", isWhole: true, atMs: [0, 60_000, 120_000], values: counts });
    assert.deepEqual(
      all.map(({ value, note }) => `${value}, ${note}`),
      [
        "3/min, 6 documents in the last hour",
        "9/min, 9 messages in the last hour",
        "0/min, 1 message in the last hour",
        "0/min, 0 alerts in the last hour",
      ],
    );
  });
});
