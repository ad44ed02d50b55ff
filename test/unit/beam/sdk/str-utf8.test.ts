import assert from "node:assert/strict";
import fc from "fast-check";
import { Reader, Writer } from "protobufjs";
import { CoderContext, StrUtf8Coder } from "../../../../src/beam/sdk";

const SEED = 1_902;
const coder = new StrUtf8Coder();
/** Texts that may hold halves of surrogate pairs, which are no characters, and byte order marks. */
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 100 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
  fc.string().map((text) => `\ufeff${text}`),
);

function encoded(text: string, context: CoderContext): Buffer {
  const writer = Writer.create();
  coder.encode(text, writer, context);
  return Buffer.from(writer.finish());
}

describe(`the SDK's coder of texts, mended (seed ${SEED})`, () => {
  it("writes UTF-8, with its length where something follows", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = Buffer.from(new TextEncoder().encode(text));
        assert.deepEqual(encoded(text, CoderContext.wholeStream), bytes);
        const delimited = Buffer.concat([Writer.create().uint32(bytes.length).finish(), bytes]);
        assert.deepEqual(encoded(text, CoderContext.needsDelimiters), delimited);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("reads what it wrote, whichever way the bytes come", () => {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    fc.assert(
      fc.property(texts, fc.constantFrom(CoderContext.wholeStream, CoderContext.needsDelimiters), (text, context) => {
        const bytes = encoded(text, context);
        const expected = decoder.decode(new TextEncoder().encode(text));
        assert.equal(coder.decode(Reader.create(bytes), context), expected);
        assert.equal(coder.decode(new Reader(Uint8Array.from(bytes)), context), expected);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
