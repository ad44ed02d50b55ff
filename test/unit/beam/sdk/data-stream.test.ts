import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeElements } from "../../../../src/beam/sdk/data-stream";
import { fnApi } from "../../../../src/beam/sdk/fn-api";

const SEED = 20261128;

describe("a message of the data stream", () => {
  const chunk = fc.record({
    transformId: fc.string({ unit: "binary", maxLength: 200 }),
    // Lengths on both sides of what a length of one, two and three bytes can say.
    data: fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(0x7f, 0x80, 0x3fff, 0x4000, 0x1f_ffff, 0x20_0000).map((bytes) => new Uint8Array(bytes).fill(7)),
    ),
    isLast: fc.boolean(),
  });

  it("has the bytes of the SDK's own encoder", () => {
    const property = fc.property(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.array(chunk, { maxLength: 4 }),
      (instructionId, chunks) => {
        const data = chunks.map((one) => ({ instructionId, ...one }));
        const expected = fnApi.Elements.toBinary({ data, timers: [] });
        assert.ok(Buffer.from(expected).equals(encodeElements(instructionId, chunks)));
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });
});
