/**
 * The redrives of one server, one at a time.
 *
 * 1. A redrive belongs to the server, not to the request that began it: it goes on when the browser leaves, and each
 *    browser sees it.
 * 2. When the server ends, it is cancelled, and its letters stay.
 */
import { JobError } from "../../chat/errors";
import type { DeadLetterFilter } from "../../io/opensearch/letters/dead-letter-store";
import { roomLog } from "../../log";
import type { Reader } from "../auth/sign-in";
import type { Redrive, RedriveAnswer } from "./contract";

const log = roomLog("page");

export interface RedriveSums {
  readonly redriven: number;
  readonly succeeded: number;
  readonly failedAgain: number;
  readonly truncated: number;
  readonly dropped?: number;
  readonly sealed?: number;
}

export interface RedriveWatch {
  readonly onRound: (letters: number) => void;
  readonly onSettled: (sums: RedriveSums) => void;
  readonly signal: AbortSignal;
}

/** Runs the letters that pass through the job again. Rejects with a `JobError`, or when the signal ends it. */
export type RedriveLetters = (filter: DeadLetterFilter, watch: RedriveWatch) => Promise<RedriveSums>;

export class Redriving {
  private last: Redrive | undefined;
  private running: Promise<void> | undefined;
  private readonly stopped = new AbortController();

  constructor(
    private readonly run: RedriveLetters | undefined,
    private readonly count: (filter: DeadLetterFilter) => Promise<number>,
  ) {}

  state(): RedriveAnswer {
    const refusal = this.run === undefined ? { refusal: ELSEWHERE } : {};
    return { ...refusal, ...(this.last === undefined ? {} : { last: this.last }) };
  }

  /**
   * Begins a redrive, for this reader. Resolves with the sentence of a refusal where there can be none. Rejects with a
   * `JobError`.
   */
  async start(filter: DeadLetterFilter, reader?: Reader): Promise<string | undefined> {
    const { run } = this;
    if (run === undefined) return ELSEWHERE;
    const total = await this.count(filter);
    if (this.running !== undefined) return "A redrive is running: wait for its end, then start the next.";
    if (total === 0) return "There are no such dead letters any more.";
    const startedAt = new Date().toISOString();
    this.last = { filter, startedAt, total, underWay: 0, redriven: 0, succeeded: 0, failedAgain: 0, left: 0 };
    log.warn({ letters: total, ...reader }, "a redrive was asked for");
    this.running = this.follow(run, filter).finally(() => (this.running = undefined));
    return undefined;
  }

  async close(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  private async follow(run: RedriveLetters, filter: DeadLetterFilter): Promise<void> {
    try {
      const sums = await run(filter, {
        signal: this.stopped.signal,
        onRound: (letters) => this.update({ underWay: letters }),
        onSettled: (settled) => this.update({ underWay: 0, ...countsOf(settled) }),
      });
      this.update(countsOf(sums));
    } catch (error) {
      if (this.stopped.signal.aborted) return;
      // An unknown error's message may hold chat text.
      const known = error instanceof JobError ? error.message : "It failed: the letters of its last round stay.";
      if (!(error instanceof JobError)) log.error({ error: (error as Error).name }, "a redrive failed");
      this.update({ error: known });
    } finally {
      this.update({ underWay: 0, endedAt: new Date().toISOString() });
    }
  }

  private update(change: Partial<Redrive>): void {
    if (this.last !== undefined) this.last = { ...this.last, ...change };
  }
}

const ELSEWHERE =
  "This page has no options of a job, which a redrive needs: start it as npm run page -- --redrive, with the job's, or use npm run dead-letters -- redrive.";

function countsOf(sums: RedriveSums): Partial<Redrive> {
  const { redriven, succeeded, failedAgain, truncated, dropped = 0, sealed = 0 } = sums;
  return { redriven, succeeded, failedAgain, left: truncated + dropped + sealed };
}
