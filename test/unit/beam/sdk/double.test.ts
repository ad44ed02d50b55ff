import assert from "node:assert/strict";
import { Reader, Writer } from "protobufjs";
import { DoubleCoder } from "../../../../src/beam/sdk";

const NUMBERS = [0, -0, 1, -1.5, Math.PI, Number.MIN_VALUE, Number.MAX_VALUE, Infinity, -Infinity, NaN];

function encoded(...numbers: readonly number[]): Uint8Array {
  const writer = new Writer();
  for (const number of numbers) new DoubleCoder().encode(number, writer);
  return writer.finish();
}

describe("the SDK's coder of floating-point numbers, mended", () => {
  it("reads one number after the other, wherever in memory they are", () => {
    const bytes = Uint8Array.from([9, 9, 9, ...encoded(...NUMBERS), 9]);
    const reader = Reader.create(Buffer.from(bytes.buffer, 3, NUMBERS.length * 8));
    const read = NUMBERS.map(() => new DoubleCoder().decode(reader));
    assert.ok(read.every((number, index) => Object.is(number, NUMBERS[index])));
    assert.equal(reader.pos, reader.len);
  });

  it("copies nothing of what follows", () => {
    const large = Buffer.alloc(64 * 1024 * 1024);
    large.set(encoded(1.5));
    const { arrayBuffers } = process.memoryUsage();
    assert.equal(new DoubleCoder().decode(Reader.create(large)), 1.5);
    assert.ok(process.memoryUsage().arrayBuffers - arrayBuffers < 1024 * 1024);
  });

  it("refuses a number that ends too early", () => {
    assert.throws(() => new DoubleCoder().decode(Reader.create(encoded(1).subarray(0, 7))), RangeError);
  });
});
