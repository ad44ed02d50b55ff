/**
 * Makes the SDK's DoubleCoder read eight bytes in place (apache-beam 2.49.0). The original copies the rest of the
 * reader's buffer, which is a whole message of the runner, for every element with a restriction. The coder also refuses
 * values that are not numbers, which it would encode as NaN.
 */
import { DoubleCoder } from "apache-beam/coders/standard_coders";
import type { Reader } from "protobufjs";
import { lookFirst, refusedBy } from "./refused-values";

const BYTES = 8;

lookFirst(DoubleCoder, (value) => {
  if (typeof value !== "number") throw refusedBy("DoubleCoder", "numbers", value);
});

DoubleCoder.prototype.decode = (reader: Reader): number => {
  // Throws when fewer bytes are left.
  reader.skip(BYTES);
  const { buffer, byteOffset } = reader.buf;
  return new DataView(buffer, byteOffset + reader.pos - BYTES, BYTES).getFloat64(0);
};
