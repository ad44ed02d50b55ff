import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** A file of this process in a folder that many processes write to. Every `append` writes whole lines at once. */
export class LineFile {
  private readonly path: string;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.path = join(directory, `${process.pid}-${randomUUID()}.jsonl`);
  }

  append(lines: readonly unknown[]): void {
    if (lines.length > 0) appendFileSync(this.path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }
}
