/** Records that a producer has compressed, opened within bounds. */
import { gunzipSync } from "node:zlib";
import { ZstdOpener } from "./zstd";
import { WindowTooLarge } from "./zstd-frames";

export type Opened =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly code: "UNREADABLE" | "TOO_LARGE"; readonly reason: string };

/** A record has 10 MiB at most, and text is some ten times smaller compressed; beyond it lies a bomb. */
export const MAX_OPENED_BYTES = 32 * 1024 * 1024;
/** A slice makes 4 MiB at most, since 4 bytes make a block of 128 KiB at most. */
const ZSTD_SLICE_BYTES = 128;
/** RFC 8878 asks encoders for no larger window, and decoders for as much. */
const MAX_WINDOW_BYTES = 8 * 1024 * 1024;
/**
 * Two seconds or so. Blocks are 128 KiB long, or as long as what a producer flushes: 8,192 of them in a window of 2
 * MiB.
 */
const MAX_MOVED_BYTES = 16 * 1024 ** 3;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

export function isZstd(bytes: Uint8Array): boolean {
  return bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
}

/** The content of compressed bytes; others as they are. */
export function opened(bytes: Uint8Array): Opened {
  try {
    if (isGzip(bytes)) return { ok: true, bytes: gunzipSync(bytes, { maxOutputLength: MAX_OPENED_BYTES }) };
    return isZstd(bytes) ? unzstd(bytes) : { ok: true, bytes };
  } catch (error) {
    if (error instanceof WindowTooLarge) return tooLargeFor(error);
    const isBomb = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    return isBomb ? tooLarge() : { ok: false, code: "UNREADABLE", reason: "its compressed data are damaged" };
  }
}

function unzstd(bytes: Uint8Array): Opened {
  const parts: Uint8Array[] = [];
  let total = 0;
  const take = (part: Uint8Array): void => {
    total += part.length;
    parts.push(part);
  };
  const zstd = new ZstdOpener(take, MAX_WINDOW_BYTES);
  for (let at = 0; at < bytes.length; at += ZSTD_SLICE_BYTES) {
    zstd.push(bytes.subarray(at, at + ZSTD_SLICE_BYTES));
    if (total > MAX_OPENED_BYTES) return tooLarge();
    if (zstd.movedBytes > MAX_MOVED_BYTES) {
      return { ok: false, code: "TOO_LARGE", reason: "its zstd data consist of too many small blocks" };
    }
  }
  zstd.end();
  return { ok: true, bytes: Buffer.concat(parts) };
}

function tooLarge(): Opened {
  return { ok: false, code: "TOO_LARGE", reason: `more than ${MAX_OPENED_BYTES} bytes when opened` };
}

function tooLargeFor({ windowBytes, maxWindowBytes }: WindowTooLarge): Opened {
  const reason = `its zstd data ask for a window of ${windowBytes} bytes, more than ${maxWindowBytes}`;
  return { ok: false, code: "TOO_LARGE", reason };
}
