import type { Reader, Writer } from "protobufjs";
import Long from "long";
import type { RecordPosition } from "../model";

/** Zig-zag, so that times before 1970 stay short; 64 bits, because milliseconds do not fit 32. */
export function writeMs(ms: number, writer: Writer): void {
  writer.sint64(Long.fromNumber(ms));
}

export function readMs(reader: Reader): number {
  const value: unknown = reader.sint64();
  return Long.isLong(value) ? value.toNumber() : Number(value);
}

export function writePosition(position: RecordPosition, writer: Writer): void {
  writer.string(position.shardId);
  writer.string(position.sequenceNumber);
  writer.uint32(position.subSequenceNumber);
}

export function readPosition(reader: Reader): RecordPosition {
  return { shardId: reader.string(), sequenceNumber: reader.string(), subSequenceNumber: reader.uint32() };
}

export function writeStrings(values: readonly string[], writer: Writer): void {
  writer.uint32(values.length);
  for (const value of values) writer.string(value);
}

export function readStrings(reader: Reader): string[] {
  return Array.from({ length: reader.uint32() }, () => reader.string());
}

export function writeTexts(texts: Readonly<Record<string, string>>, writer: Writer): void {
  const entries = Object.entries(texts);
  writer.uint32(entries.length);
  for (const [name, text] of entries) writer.string(name).string(text);
}

export function readTexts(reader: Reader): Record<string, string> {
  return Object.fromEntries(Array.from({ length: reader.uint32() }, () => [reader.string(), reader.string()] as const));
}
