/** Records that a producer has compressed, opened within bounds. */
import { gunzipSync } from "node:zlib";
import { Decompress } from "fzstd";

export type Opened =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly code: "UNREADABLE" | "TOO_LARGE"; readonly reason: string };

/** A record has 10 MiB at most, and text is some ten times smaller compressed; beyond it lies a bomb. */
export const MAX_OPENED_BYTES = 32 * 1024 * 1024;
/** A slice makes 4 MiB at most, since 4 bytes make a block of 128 KiB at most. */
const ZSTD_SLICE_BYTES = 128;

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
    const isBomb = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    return isBomb ? tooLarge() : { ok: false, code: "UNREADABLE", reason: "its compressed data are damaged" };
  }
}

function unzstd(bytes: Uint8Array): Opened {
  const parts: Uint8Array[] = [];
  let total = 0;
  const zstd = new Decompress((part) => {
    total += part.length;
    parts.push(part);
  });
  for (let at = 0; at < bytes.length; at += ZSTD_SLICE_BYTES) {
    zstd.push(Uint8Array.from(bytes.subarray(at, at + ZSTD_SLICE_BYTES)), at + ZSTD_SLICE_BYTES >= bytes.length);
    if (total > MAX_OPENED_BYTES) return tooLarge();
  }
  return { ok: true, bytes: Buffer.concat(parts) };
}

function tooLarge(): Opened {
  return { ok: false, code: "TOO_LARGE", reason: `more than ${MAX_OPENED_BYTES} bytes when opened` };
}
