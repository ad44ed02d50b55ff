import assert from "node:assert/strict";
import { bytes, choices, duration, endpoint, onOff, parseDuration, time, timeOrTip } from "../../../src/options/kinds";

describe("kinds of options", () => {
  it("read durations with a unit, and nothing else", () => {
    assert.equal(parseDuration("250ms"), 250);
    assert.equal(parseDuration("1.5h"), 5_400_000);
    assert.equal(parseDuration("7d"), 604_800_000);
    for (const wrong of ["5", "5 m", "-5m", "m", "5M", "1e3s", ""])
      assert.equal(parseDuration(wrong), undefined, wrong);
  });

  it("keep both bounds", () => {
    const kind = duration("1s", "1m");
    assert.deepEqual(kind.parse("1s"), { value: 1_000 });
    assert.deepEqual(kind.parse("60s"), { value: 60_000 });
    assert.ok("mustBe" in kind.parse("999ms"));
    assert.ok("mustBe" in kind.parse("61s"));
    assert.deepEqual(bytes("1KiB", "1MiB").parse("1024"), { value: 1_024 });
    assert.ok("mustBe" in bytes("1KiB", "1MiB").parse("2mib"));
  });

  it("take some of several choices, each once", () => {
    const kind = choices(["nfc", "trim", "lower"]);
    assert.deepEqual(kind.parse("lower, NFC"), { value: ["lower", "nfc"] });
    assert.deepEqual(kind.parse(""), { value: [] });
    for (const wrong of ["upper", "nfc,,trim", "nfc,nfc", "nfc trim"]) assert.ok("mustBe" in kind.parse(wrong), wrong);
  });

  it("want an offset in a time, because a local time is no instant", () => {
    assert.deepEqual(time.parse("2026-01-31T12:00:00+01:00"), { value: Date.UTC(2026, 0, 31, 11) });
    assert.ok("mustBe" in time.parse("2026-01-31T12:00:00"));
    assert.ok("mustBe" in time.parse("2026-13-31T12:00:00Z"));
    assert.deepEqual(timeOrTip.parse("TIP"), { value: "tip" });
  });

  it("know how many days a month has", () => {
    for (const wrong of ["2026-02-30", "2026-02-29", "2026-04-31", "2100-02-29", "2026-01-32", "2026-01-00"])
      assert.ok("mustBe" in time.parse(`${wrong}T12:00:00Z`), wrong);
    for (const right of ["2028-02-29", "2026-12-31", "2000-02-29", "2026-02-28"])
      assert.deepEqual(time.parse(`${right}T23:59:00-05:00`), { value: Date.parse(`${right}T23:59:00-05:00`) });
  });

  it("take an address without its last slash, or one of the words", () => {
    const kind = endpoint(["local", "aws"]);
    assert.deepEqual(kind.parse("http://127.0.0.1:4567/"), { value: "http://127.0.0.1:4567" });
    assert.deepEqual(kind.parse("aws"), { value: "aws" });
    for (const wrong of ["127.0.0.1:4567", "azure", "https://x/?a=b", ""])
      assert.ok("mustBe" in kind.parse(wrong), wrong);
  });

  it("know the words for on and off", () => {
    assert.deepEqual(onOff.parse("Yes"), { value: true });
    assert.deepEqual(onOff.parse("0"), { value: false });
    assert.ok("mustBe" in onOff.parse("maybe"));
  });
});
