import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTimestamp } from "../../../../src/chat/steps/timestamp";

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
        date.getTime(),
        `${date.getTime()}`,
      ]) {
        assert.equal(parseTimestamp(form), date.getTime());
      }
    });
    fc.assert(property, { seed: SEED });
  });

  it("of days that do not exist are none", () => {
    for (const day of ["2026-02-30", "2026-02-29", "2100-02-29", "2026-06-31", "2026-00-10", "2026-13-01"]) {
      assert.equal(parseTimestamp(`${day}T12:00:00Z`), undefined, day);
      assert.equal(parseTimestamp(`${day} 12:00:00+02:00`), undefined, day);
    }
    assert.equal(parseTimestamp("2028-02-29T00:00:00Z"), Date.UTC(2028, 1, 29));
  });
});
