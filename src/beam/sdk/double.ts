/**
 * Makes the SDK's coder of floating-point numbers read eight bytes (apache-beam 2.49.0): for each number it copies all that
 * its reader holds, which is a whole message of the runner, once for every element with a restriction in it.
 * What is no number is refused: it would come out as one that is none.
 */
import { DoubleCoder } from "apache-beam/coders/standard_coders";
import type { Reader } from "protobufjs";
import { lookFirst, refusedBy } from "./refused-values";

const BYTES = 8;

lookFirst(DoubleCoder, (value) => {
  if (typeof value !== "number") throw refusedBy("DoubleCoder", "numbers", value);
});

DoubleCoder.prototype.decode = (reader: Reader): number => {
  // Throws when there are not so many.
  reader.skip(BYTES);
  const { buffer, byteOffset } = reader.buf;
  return new DataView(buffer, byteOffset + reader.pos - BYTES, BYTES).getFloat64(0);
};
