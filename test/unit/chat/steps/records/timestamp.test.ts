import assert from "node:assert/strict";
import fc from "fast-check";
import { looksLike, parseTimestamp } from "../../../../../src/chat/steps/records/timestamp";

const SEED = 31;
/** The bounds of `auto`, both included. */
const FIRST = new Date("2001-09-09T01:46:40.000Z");
const LAST = new Date("2286-11-20T17:46:39.999Z");

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
    const days = fc.date({ min: FIRST, max: LAST, noInvalidDate: true });
    const property = fc.property(days, fc.integer({ min: 0, max: 999_999 }), (date, below) => {
      const ms = date.getTime();
      const nanos = `${ms}${String(below).padStart(6, "0")}`;
      const seconds = `${nanos.slice(0, -9)}.${nanos.slice(-9)}`;
      const forms = { s: seconds, ms: String(ms), us: nanos.slice(0, -3), ns: nanos } as const;
      for (const [unit, text] of Object.entries(forms) as [keyof typeof forms, string][]) {
        for (const given of ["auto", unit] as const) {
          assert.equal(parseTimestamp(text, given), ms, `${text} ${given}`);
          // JSON rounds numbers with more digits than a double holds, which may carry them into the next millisecond.
          const isExact = unit === "ms" || (unit === "us" && Number(text) <= Number.MAX_SAFE_INTEGER);
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

  it("of a field in one unit are never read in another one, whatever they are", () => {
    const any = fc.oneof(
      fc.integer({ min: -1_000_000, max: 1_000_000 }),
      fc.integer({ min: -1_000_000_000_000, max: 1e15 }),
      fc.date({ min: FIRST, max: LAST, noInvalidDate: true }).map((date) => date.getTime()),
    );
    fc.assert(
      fc.property(any, (ms) => {
        const expected = ms >= FIRST.getTime() && ms <= LAST.getTime() ? ms : undefined;
        // A time of the first months of 1970 may look like a date in a larger unit: no chat is so old.
        for (const [text, ownDigits] of [
          [String(ms), 13],
          [ms === 0 ? "0" : `${ms}000`, 16],
        ] as const) {
          if (ms > 0 && text.length < ownDigits && [10, 13].includes(text.length)) continue;
          assert.equal(parseTimestamp(text), expected, text);
          assert.equal(parseTimestamp(Number(text)), expected, text);
        }
      }),
      { seed: SEED },
    );
  });

  it("outside the bounds are read only in a unit that is given", () => {
    const [first, last] = [FIRST.getTime() / 1_000, (LAST.getTime() + 1) / 1_000];
    for (const [unit, perS] of [
      ["s", 1],
      ["ms", 1e3],
      ["us", 1e6],
    ] as const) {
      assert.equal(parseTimestamp(first * perS), FIRST.getTime());
      // As text, because JSON's numbers do not hold the last microsecond.
      assert.equal(
        parseTimestamp(String(BigInt(last * perS) - 1n)),
        unit === "s" ? LAST.getTime() - 999 : LAST.getTime(),
      );
      for (const outside of [first * perS - 1, last * perS]) {
        assert.equal(parseTimestamp(outside), undefined, String(outside));
        assert.equal(parseTimestamp(String(outside)), undefined, String(outside));
        assert.equal(parseTimestamp(outside, unit), Math.floor((outside * 1_000) / perS));
      }
    }
    for (const value of [0, "0", -1, "-1795841870", 1_795_841_870 * 10, 1, 60_000]) {
      assert.equal(parseTimestamp(value), undefined, String(value));
      assert.match(looksLike(value), /no date from 2001-09-09 to 2286-11-20 in any unit \(--timestamp-unit/);
    }
  });

  it("take a given unit for what it is", () => {
    assert.equal(parseTimestamp("-1.5", "s"), -1_500);
    assert.equal(parseTimestamp("-0.0001", "s"), -1);
    assert.equal(parseTimestamp(1_795_841_870, "ms"), 1_795_841_870);
    assert.equal(parseTimestamp("5", "s"), 5_000);
    assert.equal(parseTimestamp(5_000_999, "ns"), 5);
    assert.equal(parseTimestamp(-1, "us"), -1);
  });

  it("that are none are told by their kind, never by their text", () => {
    const kinds: readonly (readonly [unknown, RegExp])[] = [
      [1_795_841_870, /^seconds since 1970 \(--timestamp-unit s\)$/],
      ["1795841870817000", /^microseconds .*--timestamp-unit us\)$/],
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
