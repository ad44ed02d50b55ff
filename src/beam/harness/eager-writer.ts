/**
 * A protobufjs Writer that writes at once, into one growing buffer. The standard writer keeps an object for every field
 * until `finish`; for small elements that is most of the cost of encoding.
 *
 * 1. The bytes equal those of the standard writer, forks included. Every method that this class does not override ends
 *    in the parent's `_push` or `uint32`.
 * 2. `len` counts from the latest open `fork`, as in the parent.
 * 3. A buffer that `finish` returned is never written to again.
 * 4. At most `MAX_KEPT_BYTES` are held after `finish`.
 */
import { BufferWriter } from "protobufjs";

const FIRST_BYTES = 4 * 1024;
/** Limits the buffer that a single huge element may leave behind. */
const MAX_KEPT_BYTES = 512 * 1024;
/**
 * Share of a buffer below which `finish` copies its content, so that the buffer can be used again. A fuller buffer is
 * handed out itself.
 */
const MIN_FILL_TO_HAND_OUT = 0.5;
/** UTF-8 takes at most three bytes for a UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;
/** Length below which a loop is faster than the call into native code. */
const SHORT_TEXT_UNITS = 32;
/** Length above which reserving space for the worst case would waste memory. */
const LONG_TEXT_UNITS = 4_096;

/** The native method under `Buffer.write`, where Node.js has it. Its arguments are not looked at, which is faster. */
const UTF8_WRITE =
  (Buffer.prototype as { utf8Write?: (this: Buffer, text: string, start: number) => number }).utf8Write ??
  (Buffer.prototype as { write: (this: Buffer, text: string, start: number) => number }).write;

export class EagerWriter extends BufferWriter {
  private block = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private end = 0;
  private forks: number[] = [];

  override uint32(value: number): this {
    this.reserve(5);
    this.end = writeUint32(value >>> 0, this.block, this.end);
    return this.count();
  }

  override string(value: string): this {
    const { length } = value;
    this.reserve(5 + (length < LONG_TEXT_UNITS ? length * MAX_BYTES_PER_UNIT : Buffer.byteLength(value)));
    // Most lengths fit into one byte. Otherwise the text is moved back to make room for its length.
    const start = this.end + 1;
    const isWritten = length < SHORT_TEXT_UNITS && this.writeAscii(value, start);
    this.prefix(this.end, isWritten ? length : UTF8_WRITE.call(this.block, value, start));
    return this.count();
  }

  /** Writes the first `length` of these bytes, without a length prefix. */
  raw(bytes: Uint8Array, length: number): void {
    this.reserve(length);
    const { block, end } = this;
    for (let index = 0; index < length; index++) block[end + index] = bytes[index]!;
    this.end = end + length;
    this.count();
  }

  override fork(): this {
    this.reserve(1);
    this.forks.push(this.end);
    this.end += 1;
    return this.count();
  }

  override ldelim(): this {
    const start = this.forks.pop();
    if (start === undefined) throw new Error("There is no fork to end.");
    this.reserve(4);
    this.prefix(start, this.end - start - 1);
    return this.count();
  }

  override reset(): this {
    const start = this.forks.pop();
    this.end = start ?? 0;
    return this.count();
  }

  override finish(): Uint8Array {
    const { block, end } = this;
    this.clear();
    const isKept = end < block.length * MIN_FILL_TO_HAND_OUT;
    if (!isKept || block.length > MAX_KEPT_BYTES) {
      this.block = Buffer.allocUnsafeSlow(Math.min(block.length, MAX_KEPT_BYTES));
    }
    return isKept ? Buffer.from(block.subarray(0, end)) : block.subarray(0, end);
  }

  /** The bytes so far, only until the next call. `clear` and another message reuse their memory. */
  written(): Uint8Array {
    return this.block.subarray(0, this.end);
  }

  /** Forgets what was written and keeps the memory, until `finish`. */
  clear(): void {
    this.end = 0;
    this.forks = [];
    this.len = 0;
  }

  /** Bytes of memory that this writer holds. */
  get heldBytes(): number {
    return this.block.length;
  }

  /** Keeps the parent's name, because the parent's methods call it. */
  _push<T>(write: (value: T, buffer: Uint8Array, position: number) => void, bytes: number, value: T): this {
    this.reserve(bytes);
    write(value, this.block, this.end);
    this.end += bytes;
    return this.count();
  }

  /** Returns false when the text has other characters. Nothing counts as written then. */
  private writeAscii(value: string, start: number): boolean {
    const { block } = this;
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) return false;
      block[start + index] = unit;
    }
    return true;
  }

  private count(): this {
    const { forks } = this;
    this.len = forks.length === 0 ? this.end : this.end - forks[forks.length - 1]! - 1;
    return this;
  }

  /**
   * Writes the length `bytes` at `start`. The content lies one byte behind it and is moved if the length takes more.
   */
  private prefix(start: number, bytes: number): void {
    const lengthBytes = bytes < 0x80 ? 1 : bytes < 0x4000 ? 2 : bytes < 0x20_0000 ? 3 : bytes < 0x1000_0000 ? 4 : 5;
    if (lengthBytes > 1) this.block.copyWithin(start + lengthBytes, start + 1, start + 1 + bytes);
    writeUint32(bytes, this.block, start);
    this.end = start + lengthBytes + bytes;
  }

  private reserve(bytes: number): void {
    const { block, end } = this;
    if (end + bytes <= block.length) return;
    let size = block.length * 2;
    while (size < end + bytes) size *= 2;
    const grown = Buffer.allocUnsafeSlow(size);
    block.copy(grown, 0, 0, end);
    this.block = grown;
  }
}

function writeUint32(value: number, buffer: Buffer, start: number): number {
  let position = start;
  let rest = value;
  while (rest > 0x7f) {
    buffer[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[position++] = rest;
  return position;
}
