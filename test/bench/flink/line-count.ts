import { open, readdir } from "node:fs/promises";
import path from "node:path";

const READ_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Counts lines in those files of a folder whose names end in this way; it reads only what is new since the last count.
 */
export class LineCount {
  private readonly buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  private readonly positions = new Map<string, number>();
  private lines = 0;

  constructor(
    private readonly folder: string,
    private readonly suffix: string,
  ) {}

  async count(): Promise<number> {
    for (const name of await readdir(this.folder)) {
      if (name.endsWith(this.suffix)) await this.readOn(name);
    }
    return this.lines;
  }

  private async readOn(name: string): Promise<void> {
    const file = await open(path.join(this.folder, name));
    try {
      let position = this.positions.get(name) ?? 0;
      for (;;) {
        const { bytesRead } = await file.read(this.buffer, 0, READ_BYTES, position);
        if (bytesRead === 0) break;
        for (const byte of this.buffer.subarray(0, bytesRead)) if (byte === NEWLINE) this.lines++;
        position += bytesRead;
      }
      this.positions.set(name, position);
    } finally {
      await file.close();
    }
  }
}
