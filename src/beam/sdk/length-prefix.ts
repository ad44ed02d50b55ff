/**
 * Makes the SDK's LengthPrefixedCoder read from Buffers (apache-beam 2.49.0). Runners prefix every element whose coder
 * they do not know, and the plain reader that the SDK makes for each element decodes strings byte by byte.
 */
import { Context } from "apache-beam/coders/coders";
import { LengthPrefixedCoder } from "apache-beam/coders/required_coders";
import { Reader } from "protobufjs";

LengthPrefixedCoder.prototype.decode = function (this: LengthPrefixedCoder<unknown>, reader: Reader): unknown {
  const { buffer, byteOffset, length } = reader.bytes();
  return this.elementCoder.decode(Reader.create(Buffer.from(buffer, byteOffset, length)), Context.wholeStream);
};
