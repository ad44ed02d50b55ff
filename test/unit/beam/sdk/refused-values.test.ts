import assert from "node:assert/strict";
import { Reader, Writer } from "protobufjs";
import { GeneralObjectCoder } from "apache-beam/coders/js_coders";
import { UsageError } from "../../../../src/beam/error";
import { type Coder, CoderContext, DoubleCoder, StrUtf8Coder, VarIntCoder } from "../../../../src/beam/sdk";

class Reading {
  readonly celsius = 1;
}

function throughCoder(coder: Coder<unknown>, value: unknown): unknown {
  const writer = new Writer();
  coder.encode(value, writer, CoderContext.needsDelimiters);
  return coder.decode(Reader.create(writer.finish()), CoderContext.needsDelimiters);
}

function refusal(coder: object, value: unknown): string {
  let message = "";
  assert.throws(
    () => throughCoder(coder as Coder<unknown>, value),
    (error) => {
      assert(error instanceof UsageError);
      ({ message } = error);
      return true;
    },
  );
  return message;
}

describe("a coder refuses what it would change, and tells nothing of what is in it:", () => {
  it("whole numbers", () => {
    assert.equal(refusal(new VarIntCoder(), 1.5), "VarIntCoder takes whole numbers within ±2^53, not a fraction.");
    assert.match(refusal(new VarIntCoder(), NaN), /not NaN/);
    assert.match(refusal(new VarIntCoder(), 2 ** 60), /not a number beyond 2\^53/);
    assert.match(refusal(new VarIntCoder(), "7"), /not a text/);
  });

  it("numbers", () => {
    assert.equal(refusal(new DoubleCoder(), "secret"), "DoubleCoder takes numbers, not a text.");
    for (const value of [1.5, NaN, -Infinity, 1e300])
      assert.equal(throughCoder(new DoubleCoder() as Coder<unknown>, value), value);
  });

  it("texts", () => {
    assert.equal(refusal(new StrUtf8Coder(), 7), "StrUtf8Coder takes texts, not a number.");
  });

  it("anything, the default coder", () => {
    const coder = new GeneralObjectCoder<unknown>();
    const cases: readonly (readonly [unknown, string])[] = [
      [new Map([["secret", 1]]), "an instance of Map"],
      [new Set([1]), "an instance of Set"],
      [new Date(0), "an instance of Date"],
      [new Reading(), "an instance of Reading"],
      [new Uint8Array(2), "an instance of Uint8Array"],
      [1n, "a bigint"],
      [undefined, "undefined"],
      [() => 1, "a function"],
    ];
    for (const [value, kind] of cases) {
      const places = value === undefined ? [value, [value]] : [value, [value], { at: value }, { at: [value] }];
      if (value instanceof Date) places.splice(2, 1);
      for (const place of places) assert.ok(refusal(coder, place).endsWith(`, not ${kind}.`), kind);
    }
    assert.match(
      refusal(coder, new Map()),
      /^The SDK's default coder takes texts, .* \(others need a coder of their own\)/,
    );
  });

  it("but not what comes out of the default coder as it went in", () => {
    const coder = new GeneralObjectCoder<unknown>() as Coder<unknown>;
    for (const value of [
      null,
      "",
      0,
      -1,
      1.5,
      NaN,
      Infinity,
      1e300,
      true,
      [1, ["a"]],
      { a: { b: [1, null] }, at: new Date(7) },
    ])
      assert.deepEqual(throughCoder(coder, value), value);
    assert.deepEqual(throughCoder(coder, { a: 1, b: undefined }), { a: 1 });
  });
});
