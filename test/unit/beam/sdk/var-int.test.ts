import assert from "node:assert/strict";
import { Reader, Writer } from "protobufjs";
import { VarIntCoder } from "../../../../src/beam/sdk";

describe("the SDK's coder of whole numbers, mended", () => {
  const small = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)];
  const large = [
    2 ** 31,
    2 ** 40,
    1_763_800_000_123,
    -1_763_800_000_123,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ];

  it("keeps every whole number", () => {
    for (const value of [...small, ...large]) assert.equal(new VarIntCoder().decode(new Reader(encoded(value))), value);
  });

  it("writes numbers of 32 bits as the SDK does", () => {
    for (const value of small) assert.deepEqual(encoded(value), new Writer().int32(value).finish());
  });
});

function encoded(value: number): Uint8Array {
  const writer = new Writer();
  new VarIntCoder().encode(value, writer);
  return writer.finish();
}
