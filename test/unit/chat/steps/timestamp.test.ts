import assert from "node:assert/strict";
import fc from "fast-check";
import { looksLike, parseTimestamp } from "../../../../src/chat/steps/timestamp";

const SEED = 31;

describe(`timestamps (seed ${SEED})`, () => {
  it("are read back as they were written, in every form", () => {
    const days = fc.date({ min: new Date("1970-01-01"), max: new Date("2200-01-01"), noInvalidDate: true });
    const property = fc.property(days, (date) => {
      const iso = date.toISOString();
      for (const form of [
        iso,
        iso.replace("T", " "),
        iso.replace("Z", "+00:00"),
        iso.toLowerCase(),
        iso.replace("Z", "456789012Z"),
      ]) {
        assert.equal(parseTimestamp(form), date.getTime());
      }
    });
    fc.assert(property, { seed: SEED });
  });

  it("are numbers of any unit, told by their size or given", () => {
    // The size of earlier dates does not tell the unit.
    const days = fc.date({ min: new Date("1973-03-04"), max: new Date("2200-01-01"), noInvalidDate: true });
    const property = fc.property(days, fc.integer({ min: 0, max: 999_999 }), (date, below) => {
      const ms = date.getTime();
      const nanos = `${ms}${String(below).padStart(6, "0")}`;
      const seconds = `${nanos.slice(0, -9)}.${nanos.slice(-9)}`;
      const forms = { s: seconds, ms: String(ms), us: nanos.slice(0, -3), ns: nanos } as const;
      for (const [unit, text] of Object.entries(forms) as [keyof typeof forms, string][]) {
        for (const given of ["auto", unit] as const) {
          assert.equal(parseTimestamp(text, given), ms, `${text} ${given}`);
          // JSON rounds numbers with more digits than a double holds, which may carry them into the next millisecond.
          const isExact = unit === "us" || unit === "ms";
          assert(Math.abs(parseTimestamp(Number(text), given)! - ms) <= (isExact ? 0 : 1), `${Number(text)} ${given}`);
        }
      }
    });
    fc.assert(property, { seed: SEED });
  });

  it("are read as producers write them", () => {
    const cases: readonly (readonly [unknown, number | undefined])[] = [
      ["1795841870.000200", 1_795_841_870_000],
      [1_795_841_870, 1_795_841_870_000],
      [1_795_841_870.817, 1_795_841_870_817],
      [1_795_841_870_817.9, 1_795_841_870_817],
      ["1795841870817000000", 1_795_841_870_817],
      ["1795841870816999999", 1_795_841_870_816],
      ["-1.5", -1_500],
      ["-0.0001", -1],
      ["2026-12-31T23:59:60Z", Date.UTC(2027, 0, 1)],
      ["2026-12-31 23:59z", Date.UTC(2026, 11, 31, 23, 59)],
      ["2026-11-28T10:00:00.5-02:30", Date.UTC(2026, 10, 28, 12, 30, 0, 500)],
      ["2026-11-28T10:00:00", undefined],
      ["2026-11-28T10:00:61Z", undefined],
      ["1795841870,5", undefined],
      [" 1795841870", undefined],
      ["0x10", undefined],
      ["9".repeat(20), undefined],
      [1e300, undefined],
      [true, undefined],
    ];
    for (const [value, expected] of cases) assert.equal(parseTimestamp(value), expected, String(value));
  });

  it("take a given unit for what it is", () => {
    assert.equal(parseTimestamp(1_795_841_870, "ms"), 1_795_841_870);
    assert.equal(parseTimestamp("5", "s"), 5_000);
    assert.equal(parseTimestamp(5_000_999, "ns"), 5);
    assert.equal(parseTimestamp(-1, "us"), -1);
  });

  it("that are none are told by their kind, never by their text", () => {
    const kinds: readonly (readonly [unknown, RegExp])[] = [
      [1_795_841_870, /seconds/],
      ["1795841870817000", /microseconds/],
      [1e300, /number beyond/],
      ["2026-11-28", /date without a time/],
      ["2026-11-28T10:00:00", /without an offset/],
      ["2026-02-30T10:00:00Z", /impossible/],
      ["", /empty/],
      ["secret", /no RFC 3339 time/],
      [["secret"], /a list/],
      [{ secret: 1 }, /an object/],
      [false, /true or false/],
    ];
    for (const [value, kind] of kinds) {
      assert.match(looksLike(value), kind, String(value));
      assert.doesNotMatch(looksLike(value), /secret/);
    }
  });

  it("of days that do not exist are none", () => {
    for (const day of ["2026-02-30", "2026-02-29", "2100-02-29", "2026-06-31", "2026-00-10", "2026-13-01"]) {
      assert.equal(parseTimestamp(`${day}T12:00:00Z`), undefined, day);
      assert.equal(parseTimestamp(`${day} 12:00:00+02:00`), undefined, day);
    }
    assert.equal(parseTimestamp("2028-02-29T00:00:00Z"), Date.UTC(2028, 1, 29));
  });
});
