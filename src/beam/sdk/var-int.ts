/**
 * Mends the SDK's coder of whole numbers, which cuts them to 32 bits without a word (apache-beam 2.49.0): a time in
 * milliseconds would come out of a shuffle as another one. The bytes of numbers that fit stay the same. Anything but a
 * whole number is refused, since it would come out as one.
 */
import { VarIntCoder } from "apache-beam/coders/standard_coders";
import type { Reader, Writer } from "protobufjs";
import { refusedBy } from "./refused-values";

VarIntCoder.prototype.encode = (value: number, writer: Writer): void => {
  if (!Number.isSafeInteger(value)) throw refusedBy("VarIntCoder", "whole numbers within ±2^53", value);
  writer.int64(value);
};

VarIntCoder.prototype.decode = (reader: Reader): number => Number(reader.int64());
