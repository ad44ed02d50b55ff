/**
 * Repairs the SDK's VarIntCoder, which silently cuts numbers to 32 bits (apache-beam 2.49.0): a time in milliseconds
 * would change in a shuffle. Numbers that fit keep their encoding. Anything but a whole number is refused, because it
 * would be decoded as one.
 */
import { VarIntCoder } from "apache-beam/coders/standard_coders";
import type { Reader, Writer } from "protobufjs";
import { refusedBy } from "./refused-values";

VarIntCoder.prototype.encode = (value: number, writer: Writer): void => {
  if (!Number.isSafeInteger(value)) throw refusedBy("VarIntCoder", "whole numbers within ±2^53", value);
  writer.int64(value);
};

VarIntCoder.prototype.decode = (reader: Reader): number => Number(reader.int64());
