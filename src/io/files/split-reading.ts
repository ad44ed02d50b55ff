/**
 * One split while it is read.
 *
 * 1. `pieces` are the records behind `position` that were found and not accepted; `accept` moves the position behind
 *    them. So a claim that is refused loses nothing, and a parked reading stands where the restriction stands.
 * 2. Trouble with a file's content is a last piece with `trouble`, which becomes a dead letter. Trouble with reading
 *    the file is thrown, and the reading is of no more use.
 */
import type { Content, SplitPosition } from "./content";
import { UnopenableData } from "./decompress";
import type { Split } from "./plan";
import { MAX_RECORD_BYTES } from "./settings";
import { type Piece, Framer } from "./framer";

/** Records of one claim: few enough that a checkpoint need not wait for them. */
const MAX_PIECES = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;

export interface FoundPiece extends Piece {
  /** Words about why the file cannot be read from here on, if that is so. */
  readonly trouble?: string;
}

export class SplitReading {
  pieces: readonly FoundPiece[] = [];
  private behind: SplitPosition;
  private isOver = false;
  private trouble: string | undefined;
  private readonly framer: Framer;
  /** Records that begin here or later belong to the next range. */
  private readonly endOffset: number;

  constructor(
    private readonly split: Split,
    public position: SplitPosition,
    private readonly content: Content,
    maxRecordBytes: number = MAX_RECORD_BYTES,
  ) {
    this.behind = position;
    this.trouble = content.trouble;
    this.framer = new Framer(content.form, content.at.offset, content.at.line, maxRecordBytes);
    this.endOffset = split.file.isSplittable ? split.to : Number.POSITIVE_INFINITY;
  }

  /** Where the restriction stands once `pieces` are claimed. */
  get next(): SplitPosition {
    return this.behind;
  }

  /** Finds further records, unless there are some. False at the split's end. */
  async find(): Promise<boolean> {
    while (this.pieces.length === 0 && !this.isOver) {
      this.pieces = this.collect();
      if (this.pieces.length === 0 && !this.isOver) await this.fetch();
    }
    return this.pieces.length > 0;
  }

  accept(): void {
    this.position = this.behind;
    this.pieces = [];
  }

  /** Lets go of what is fetched. */
  async close(): Promise<void> {
    await this.content.chunks.return();
  }

  private collect(): readonly FoundPiece[] {
    const found: FoundPiece[] = [];
    for (let bytes = 0; found.length < MAX_PIECES && bytes < MAX_BYTES;) {
      const piece = this.framer.next();
      if (piece === undefined) break;
      if (piece.offset >= this.endOffset) {
        this.isOver = true;
        break;
      }
      // The end of a line that began before the range belongs to the range before.
      if (piece.offset < this.split.from) continue;
      found.push(piece);
      bytes += piece.data.length;
    }
    this.behind = { offset: this.framer.offset, line: this.framer.line };
    return found;
  }

  private async fetch(): Promise<void> {
    const chunk = await this.nextChunk();
    if (chunk !== undefined) return this.framer.push(chunk);
    if (!this.framer.isEnded) return this.framer.end();
    this.isOver = true;
    const { trouble } = this;
    if (trouble === undefined) return;
    const { offset, line } = this.behind;
    this.pieces = [{ offset: Math.max(0, offset), line, data: Buffer.alloc(0), bytes: 0, trouble }];
  }

  private async nextChunk(): Promise<Buffer | undefined> {
    try {
      const { value } = await this.content.chunks.next();
      return value ?? undefined;
    } catch (error) {
      if (!(error instanceof UnopenableData)) throw error;
      this.trouble = error.words;
      return undefined;
    }
  }
}
