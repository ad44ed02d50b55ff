/**
 * Makes the SDK's coder of floating-point numbers read eight bytes (apache-beam 2.49.0): for each number it copies all that
 * its reader holds, which is a whole message of the runner, once for every element with a restriction in it.
 */
import { DoubleCoder } from "apache-beam/coders/standard_coders";
import type { Reader } from "protobufjs";

const BYTES = 8;

DoubleCoder.prototype.decode = (reader: Reader): number => {
  // Throws when there are not so many.
  reader.skip(BYTES);
  const { buffer, byteOffset } = reader.buf;
  return new DataView(buffer, byteOffset + reader.pos - BYTES, BYTES).getFloat64(0);
};
