/**
 * Mends the SDK's coder of whole numbers, which cuts them to 32 bits without a word (apache-beam 2.49.0): a time in
 * milliseconds would come out of a shuffle as another one. The bytes of numbers that fit stay the same.
 */
import { VarIntCoder } from "apache-beam/coders/standard_coders";
import type { Reader, Writer } from "protobufjs";

VarIntCoder.prototype.encode = (value: number, writer: Writer): void => {
  writer.int64(value);
};

VarIntCoder.prototype.decode = (reader: Reader): number => Number(reader.int64());
