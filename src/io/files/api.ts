import type { ListedFile } from "./settings";

/** The source's only call to where files lie; it may reject with any error of its client (see `retry.ts`). */
export interface FileStore {
  /**
   * The bytes of a file from `from` on, at most `maxBytes`, and fewer only at its end. Rejects with `ChangedFile` when
   * the file is not the one that was listed.
   */
  read(file: ListedFile, from: number, maxBytes: number): Promise<Buffer>;
}

/** A file is another one than when it was listed, or is gone. */
export class ChangedFile extends Error {
  constructor(readonly file: string) {
    super(`${file} changed while it was read`);
    this.name = "ChangedFile";
  }
}
