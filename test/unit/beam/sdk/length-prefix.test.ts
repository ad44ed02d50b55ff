import assert from "node:assert/strict";
import { LengthPrefixedCoder } from "apache-beam/coders/required_coders";
import { Reader, Writer } from "protobufjs";
import { CoderContext, StrUtf8Coder } from "../../../../src/beam/sdk";

const coder = new LengthPrefixedCoder(new StrUtf8Coder());

function encoded(...texts: readonly string[]): Uint8Array {
  const writer = new Writer();
  for (const text of texts) coder.encode(text, writer, CoderContext.needsDelimiters);
  return writer.finish();
}

describe("The SDK's coder of prefixed elements", () => {
  for (const kind of ["a Buffer", "plain bytes"] as const) {
    it(`reads one element after the other from ${kind}`, () => {
      const bytes = encoded("é", "", "three");
      // Bytes in the middle of a larger piece of memory, as chunks from a stream are.
      const around = Uint8Array.from([9, 9, 9, ...bytes, 9]);
      const own = around.subarray(3, 3 + bytes.length);
      const reader =
        kind === "a Buffer"
          ? Reader.create(Buffer.from(own.buffer, own.byteOffset, own.byteLength))
          : Reader.create(own);
      const texts = [1, 2, 3].map(() => coder.decode(reader, CoderContext.needsDelimiters));
      assert.deepEqual(texts, ["é", "", "three"]);
      assert.equal(reader.pos, reader.len);
    });
  }

  it("gives elements the faster reader", () => {
    let reader: Reader | undefined;
    const spy = { ...new StrUtf8Coder(), decode: (own: Reader) => void (reader = own) };
    new LengthPrefixedCoder(spy as never).decode(Reader.create(encoded("text")), CoderContext.needsDelimiters);
    assert.equal(reader?.constructor.name, "BufferReader");
  });

  it("refuses an element that ends too early", () => {
    const bytes = encoded("text").subarray(0, 3);
    assert.throws(() => coder.decode(Reader.create(bytes), CoderContext.needsDelimiters), RangeError);
  });
});
