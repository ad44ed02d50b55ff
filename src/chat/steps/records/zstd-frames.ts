/** Thrown for a frame that refers further back than may be held. */
export class WindowTooLarge extends Error {
  constructor(
    readonly windowBytes: number,
    readonly maxWindowBytes: number,
  ) {
    super(`A frame of zstd data has a window of ${windowBytes} bytes, more than ${maxWindowBytes}.`);
    this.name = "WindowTooLarge";
  }
}

const MAGIC = 0xfd2fb528;
/** The last four bits of a skippable frame's magic number are free. */
const SKIPPABLE_MAGIC = 0x184d2a5;
const [MAGIC_AND_FLAGS_BYTES, SKIPPABLE_HEADER_BYTES, BLOCK_HEADER_BYTES, CHECKSUM_BYTES] = [5, 8, 3, 4];
const [REPEATED_BYTE, RESERVED] = [1, 3];
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];

/**
 * Follows the headers of zstd data (RFC 8878, section 3.1) through chunks of any size, so that a frame's window is
 * known before the frame is opened. Nothing is opened, and a header is all that is held.
 */
export class ZstdFrames {
  private header: number[] = [];
  private isInFrame = false;
  private hasChecksum = false;
  /** Bytes until the next header. */
  private skippedBytes = 0;
  private windowBytes = 0;
  /** Bytes of the last chunk before the header that `check` refused. */
  soundBytes = 0;
  /** The windows of all blocks so far. */
  movedBytes = 0;

  constructor(private readonly maxWindowBytes: number) {}

  /** True between two frames. */
  get isComplete(): boolean {
    return this.header.length === 0 && !this.isInFrame && this.skippedBytes === 0;
  }

  /** Throws `WindowTooLarge`, or any error where no frame can follow. */
  check(chunk: Uint8Array): void {
    this.soundBytes = 0;
    for (let at = 0; at < chunk.length;) {
      const skipped = Math.min(this.skippedBytes, chunk.length - at);
      this.skippedBytes -= skipped;
      at += skipped;
      if (at === chunk.length) return;
      if (this.header.length === 0) this.soundBytes = at;
      this.header.push(chunk[at++]!);
      if (this.header.length < this.headerBytes()) continue;
      if (this.isInFrame) this.readBlockHeader();
      else this.readFrameHeader();
      this.header = [];
    }
  }

  private headerBytes(): number {
    if (this.isInFrame) return BLOCK_HEADER_BYTES;
    if (this.header.length < MAGIC_AND_FLAGS_BYTES) return MAGIC_AND_FLAGS_BYTES;
    if (this.isSkippable()) return SKIPPABLE_HEADER_BYTES;
    if (number(this.header, 0, 4) !== MAGIC) throw new Error("No frame of zstd begins here.");
    const { windowAt, sizeAt, sizeBytes } = this.fields();
    return Math.max(windowAt + 1, sizeAt + sizeBytes);
  }

  private isSkippable(): boolean {
    return Math.floor(number(this.header, 0, 4) / 16) === SKIPPABLE_MAGIC;
  }

  /** Where the fields of a frame's header lie; a frame that is one segment has its size as window. */
  private fields() {
    const flags = this.header[MAGIC_AND_FLAGS_BYTES - 1]!;
    const isOneSegment = (flags & 0x20) !== 0;
    const sizeFlag = flags >> 6;
    const sizeBytes = sizeFlag === 0 ? (isOneSegment ? 1 : 0) : 2 ** sizeFlag;
    const dictionaryAt = MAGIC_AND_FLAGS_BYTES + (isOneSegment ? 0 : 1);
    const sizeAt = dictionaryAt + DICTIONARY_ID_BYTES[flags & 3]!;
    return { windowAt: MAGIC_AND_FLAGS_BYTES, isOneSegment, sizeAt, sizeBytes, hasChecksum: (flags & 4) !== 0 };
  }

  private readFrameHeader(): void {
    if (this.isSkippable()) {
      this.skippedBytes = number(this.header, 4, 4);
      return;
    }
    const { windowAt, isOneSegment, sizeAt, sizeBytes, hasChecksum } = this.fields();
    const size = number(this.header, sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
    const windowBytes = isOneSegment ? size : windowOf(this.header[windowAt]!);
    if (windowBytes > this.maxWindowBytes) throw new WindowTooLarge(windowBytes, this.maxWindowBytes);
    this.windowBytes = windowBytes;
    this.isInFrame = true;
    this.hasChecksum = hasChecksum;
  }

  private readBlockHeader(): void {
    const header = number(this.header, 0, BLOCK_HEADER_BYTES);
    const isLast = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    if (type === RESERVED) throw new Error("A block of zstd data has a type that does not exist.");
    this.movedBytes += this.windowBytes;
    this.skippedBytes = type === REPEATED_BYTE ? 1 : header >> 3;
    if (!isLast) return;
    this.isInFrame = false;
    if (this.hasChecksum) this.skippedBytes += CHECKSUM_BYTES;
  }
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** A little-endian number of at most 8 bytes; large ones are rounded. */
function number(bytes: readonly number[], from: number, length: number): number {
  let value = 0;
  for (let index = length - 1; index >= 0; index--) value = value * 256 + bytes[from + index]!;
  return value;
}
