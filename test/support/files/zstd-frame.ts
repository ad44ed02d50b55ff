/** Frames of zstd made by hand (RFC 8878, section 3.1), for those that the zstd program does not write. */

export interface FrameShape {
  /** Logarithm of the window's bytes, 10 … 41; default: 20. */
  readonly windowLog?: number;
  /** Claims these bytes as the size of a frame that is one segment, in place of a window. */
  readonly claimedBytes?: bigint;
}

/** A frame that holds the text as it is, in one block. */
export function zstdFrame(text: string, shape: FrameShape = {}): Buffer {
  const content = Buffer.from(text);
  return Buffer.concat([header(shape), block(0, content.length, true), content]);
}

/** A frame of this many blocks of one byte each. */
export function frameOfSmallBlocks(blocks: number, shape: FrameShape = {}): Buffer {
  const one = Buffer.concat([block(1, 1, false), Buffer.from("a")]);
  return Buffer.concat([header(shape), ...Array<Buffer>(blocks).fill(one), block(0, 0, true)]);
}

/** A frame that decoders step over. */
export function skippableFrame(bytes: number): Buffer {
  const start = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  start.writeUInt32LE(bytes, 4);
  return Buffer.concat([start, Buffer.alloc(bytes, 0xff)]);
}

function header({ windowLog = 20, claimedBytes }: FrameShape): Buffer {
  const magic = [0x28, 0xb5, 0x2f, 0xfd];
  if (claimedBytes === undefined) return Buffer.from([...magic, 0x00, (windowLog - 10) << 3]);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(claimedBytes);
  return Buffer.concat([Buffer.from([...magic, 0xe0]), size]);
}

function block(type: number, bytes: number, isLast: boolean): Buffer {
  const start = Buffer.alloc(3);
  start.writeUIntLE((bytes << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
  return start;
}
