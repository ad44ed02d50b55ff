import { Decompress } from "fzstd";
import { ZstdFrames } from "./zstd-frames";

/**
 * Opens zstd data chunk by chunk. The library makes room for a frame's whole window, up to 2 GiB, before it looks at
 * the rest of the frame, so the window is bounded here.
 */
export class ZstdOpener {
  private readonly frames: ZstdFrames;
  private readonly library: Decompress;

  /** `take` is given what is opened, in order. */
  constructor(take: (opened: Uint8Array) => void, maxWindowBytes: number) {
    this.frames = new ZstdFrames(maxWindowBytes);
    this.library = new Decompress(take);
  }

  /** The work so far in bytes, since the library moves a frame's whole window after each of its blocks. */
  get movedBytes(): number {
    return this.frames.movedBytes;
  }

  /** Throws `WindowTooLarge`, or any error for damaged data, once what lies before is given out. */
  push(chunk: Uint8Array): void {
    try {
      this.frames.check(chunk);
    } catch (error) {
      this.open(chunk.subarray(0, this.frames.soundBytes));
      throw error;
    }
    this.open(chunk);
  }

  /** Throws where the data are cut. */
  end(): void {
    if (!this.frames.isComplete) throw new Error("The zstd data end within a frame.");
    this.library.push(new Uint8Array(0), true);
  }

  /** The library keeps what it has not used yet, which must not be a view of the caller's. */
  private open(chunk: Uint8Array): void {
    this.library.push(Uint8Array.from(chunk), false);
  }
}
