/** Files that others may replace while the page is served: users that come and go, certificates that are renewed. */
import { statSync } from "node:fs";
import { JobError } from "../../chat/errors";
import { type GivenFile, readGivenFile } from "../../chat/given-file";
import { roomLog } from "../../log";

const log = roomLog("page");

/** A change shows after this time at most; a look takes some microseconds. */
const LOOK_INTERVAL_MS = 2_000;
/** Files that cannot be used are told again after this time. */
const REPEAT_INTERVAL_MS = 60_000;

/** Content made of several files, which is read again when one of them changes. */
export class FreshFiles<T> {
  private content: T;
  /** Undefined while the files cannot be used, so that each look reads them again. */
  private mark: string | undefined;
  private lookedAtMs = Date.now();
  private told: { readonly reason: string; readonly atMs: number } | undefined;

  /**
   * Reads the files. `whenGone` takes the content's place while a file is missing that was there. Throws `JobError`
   * BAD_OPTION, or what `parse` throws.
   */
  constructor(
    private readonly files: readonly GivenFile[],
    private readonly parse: (texts: readonly string[]) => T,
    private readonly whenGone?: T,
  ) {
    // The mark comes first, so that a change between the two is read again.
    const mark = markOf(files);
    this.content = this.read();
    this.mark = mark;
  }

  /** The content as it is now; while it cannot be used, which is logged, the former one stays. */
  value(nowMs = Date.now()): T {
    // A clock may be set back.
    if (Math.abs(nowMs - this.lookedAtMs) < LOOK_INTERVAL_MS) return this.content;
    this.lookedAtMs = nowMs;
    const mark = markOf(this.files);
    if (mark !== undefined && mark === this.mark) return this.content;
    try {
      this.content = this.read();
      this.mark = mark;
      this.told = undefined;
      log.warn({ flags: this.flags }, "what the page was given was read anew");
    } catch (error) {
      this.mark = undefined;
      const isEmptied = this.whenGone !== undefined && isMissing(error);
      if (isEmptied) this.content = this.whenGone;
      this.tell(error, nowMs, isEmptied ? "it counts as empty" : "the former one stays");
    }
    return this.content;
  }

  private read(): T {
    return this.parse(this.files.map(readGivenFile));
  }

  private get flags(): string {
    return this.files.map(({ flag }) => flag).join(" ");
  }

  private tell(error: unknown, nowMs: number, outcome: string): void {
    const reason = error instanceof JobError ? error.message : (error as Error).name;
    if (reason === this.told?.reason && Math.abs(nowMs - this.told.atMs) < REPEAT_INTERVAL_MS) return;
    this.told = { reason, atMs: nowMs };
    log.error({ flags: this.flags, reason }, `what the page was given has changed and cannot be used: ${outcome}`);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof JobError && (error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
}

/** Changes with the content and the rights of any of the files; undefined while one cannot be found. */
function markOf(files: readonly GivenFile[]): string | undefined {
  try {
    const marks = files.map(({ file }) => {
      // Writers can set mtime, and a change of rights leaves it.
      const { dev, ino, ctimeMs, size } = statSync(file);
      return `${dev} ${ino} ${ctimeMs} ${size}`;
    });
    return marks.join();
  } catch {
    return undefined;
  }
}
