import assert from "node:assert/strict";
import fc from "fast-check";
import { isRounded, parseLongIntegers } from "../../../../../src/chat/steps/records/long-integers";

const SEED = 20_261_128;

describe("long integers in JSON", () => {
  it(`keep their digits, and all else is as it was (seed ${SEED})`, () => {
    const integer = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
    const text = fc.oneof(fc.string(), integer.map(String), fc.constantFrom('"', "\\", '\\"', "[1e999]", "\ud800é"));
    const value = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        integer,
        text,
        fc.constantFrom(null, true),
        fc.array(tie("any"), { maxLength: 4 }),
        fc.dictionary(text, tie("any"), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any;
    fc.assert(
      fc.property(value, fc.boolean(), (own, isSpaced) => {
        const json = jsonOf(own, isSpaced ? " \n" : "");
        assert.deepEqual(parseLongIntegers(json), expected(own));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("are found whatever length the strings beside them have", () => {
    const escapes = '\\"\\\\'.repeat(1_000_000);
    const json = `{"text":"${escapes} 1234567890123456789","id":1234567890123456789}`;
    const read = parseLongIntegers(json) as { readonly text: string; readonly id: string };
    assert.equal(read.id, "1234567890123456789");
    assert.ok(read.text.endsWith("\\ 1234567890123456789"));
  });

  it("are those that a double may have rounded", () => {
    for (const text of ["9007199254740992", "-9007199254740993", "1e30", "1e400"])
      assert.ok(isRounded(JSON.parse(text)), text);
    for (const text of ["9007199254740991", "1.5", "0", '"9007199254740993"'])
      assert.ok(!isRounded(JSON.parse(text)), text);
  });
});

/** JSON text in which big integers stand as numbers. */
function jsonOf(value: unknown, space: string): string {
  if (typeof value === "bigint") return `${space}${value}${space}`;
  if (Array.isArray(value)) return `[${value.map((each) => jsonOf(each, space)).join(`,${space}`)}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}${space}:${jsonOf(each, space)}`);
  return `{${fields.join(`${space},`)}}`;
}

/** The same value, with strings for all that has 16 digits or more and is no fraction. */
function expected(value: unknown): unknown {
  if (typeof value === "bigint") return String(value).replace("-", "").length >= 16 ? String(value) : Number(value);
  if (typeof value === "number") {
    const text = JSON.stringify(value);
    return /^-?\d{16,}$/.test(text) ? text : JSON.parse(text);
  }
  if (Array.isArray(value)) return value.map(expected);
  if (typeof value !== "object" || value === null) return value;
  // As JSON.parse does, which makes a plain field of "__proto__".
  return JSON.parse(
    JSON.stringify(Object.fromEntries(Object.entries(value).map(([name, each]) => [name, expected(each)]))),
  );
}
