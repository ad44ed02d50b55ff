/**
 * Divides a file's bytes into records, chunk after chunk.
 *
 * 1. Between two calls of `next`, `offset` and `line` are where the next record begins, or bytes before it that belong
 *    to none.
 * 2. At most `maxRecordBytes` of a record are held, and one chunk beside it. Of a longer one `HEAD_BYTES` are kept.
 */
import { JsonValues } from "../../chat/steps/records/json-values";
import type { Form } from "./settings";

/** A record as it stands in its file. */
export interface Piece {
  /** Where it begins, in bytes of the uncompressed file. */
  readonly offset: number;
  /** Number of its first line, from 1; 0 when it is not known. */
  readonly line: number;
  /** The record, or its beginning when it is longer than `maxRecordBytes`. */
  readonly data: Buffer;
  /** The whole length. */
  readonly bytes: number;
}

/** Enough of a record that is too long for a person to see what it is. */
const HEAD_BYTES = 4_096;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const EMPTY = Buffer.alloc(0);

export class Framer {
  private readonly values: JsonValues | undefined;
  private chunk: Buffer = EMPTY;
  private at = 0;
  isEnded = false;
  /** Bytes of the present record in earlier chunks. */
  private held: Buffer[] = [];
  private heldBytes = 0;
  private isInRecord = false;
  private recordOffset = 0;
  private recordLine = 0;

  constructor(
    form: Form,
    private passedBytes: number,
    private passedLine: number,
    private readonly maxRecordBytes: number,
  ) {
    this.values = form === "values" ? new JsonValues() : undefined;
  }

  get offset(): number {
    return this.isInRecord ? this.recordOffset : this.passedBytes;
  }

  get line(): number {
    return this.isInRecord ? this.recordLine : this.passedLine;
  }

  /** Gives it the next bytes, once `next` has returned undefined. */
  push(chunk: Buffer): void {
    this.chunk = chunk;
    this.at = 0;
  }

  /** Tells it that there are no more bytes. */
  end(): void {
    this.isEnded = true;
  }

  /** The next record; undefined when it needs more bytes, or is at the end. */
  next(): Piece | undefined {
    for (;;) {
      if (!this.isInRecord && !this.begin()) return undefined;
      const { end, isOver } = this.findEnd();
      const from = this.at;
      this.at = end;
      if (!isOver) this.hold(this.chunk.subarray(from, end));
      if (!isOver && !this.isEnded) return undefined;
      const piece = this.take(isOver ? this.chunk.subarray(from, end) : EMPTY);
      if (piece !== undefined) return piece;
    }
  }

  private begin(): boolean {
    const from = this.at;
    if (this.values !== undefined) {
      this.at = this.values.begin(this.chunk, from);
      this.pass(from, this.at);
    }
    if (this.at === this.chunk.length) return false;
    this.isInRecord = true;
    this.recordOffset = this.passedBytes;
    this.recordLine = this.passedLine;
    return true;
  }

  private findEnd(): { readonly end: number; readonly isOver: boolean } {
    if (this.values !== undefined) return this.values.end(this.chunk, this.at);
    const newline = this.chunk.indexOf(NEWLINE, this.at);
    return newline === -1 ? { end: this.chunk.length, isOver: false } : { end: newline + 1, isOver: true };
  }

  private hold(bytes: Buffer): void {
    const wasTooLong = this.heldBytes > this.maxRecordBytes;
    this.heldBytes += bytes.length;
    this.count(bytes);
    if (wasTooLong) return;
    this.held.push(bytes);
    if (this.heldBytes > this.maxRecordBytes) this.held = [headOf(Buffer.concat(this.held))];
  }

  /** Ends the record with these bytes; undefined when there is nothing in it. */
  private take(last: Buffer): Piece | undefined {
    this.count(last);
    const wasTooLong = this.heldBytes > this.maxRecordBytes;
    const bytes = this.heldBytes + last.length;
    const whole = this.held.length === 0 ? last : Buffer.concat(wasTooLong ? this.held : [...this.held, last]);
    const data = bytes > this.maxRecordBytes ? headOf(whole) : whole;
    const { recordOffset: offset, recordLine: line } = this;
    this.held = [];
    this.heldBytes = 0;
    this.isInRecord = false;
    return bytes <= this.maxRecordBytes && isBlank(data) ? undefined : { offset, line, data, bytes };
  }

  /** Moves over bytes between records. */
  private pass(from: number, to: number): void {
    if (to > from) this.count(this.chunk.subarray(from, to));
  }

  private count(bytes: Buffer): void {
    this.passedBytes += bytes.length;
    if (this.passedLine === 0) return;
    if (this.values === undefined) {
      // A line ends with its only line break.
      if (bytes.length > 0 && bytes[bytes.length - 1] === NEWLINE) this.passedLine++;
      return;
    }
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) this.passedLine++;
  }
}

/** A copy, because a view would keep the whole in memory. */
function headOf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, HEAD_BYTES));
}

function isBlank(data: Buffer): boolean {
  for (const byte of data) if (byte > SPACE) return false;
  return true;
}
