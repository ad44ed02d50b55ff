import { BeamError } from "../../../beam/error";

const FRESH_MS = 60_000;

/** An answer that is asked for again after a minute. While OpenSearch does not answer, the former one counts. */
export class KeptAnswer<T> {
  private asking: Promise<T | undefined> | undefined;
  private last: { readonly answer: T; readonly atMs: number } | undefined;

  /** `ask` resolves with undefined, which is not kept, where there is nothing yet. */
  constructor(
    private readonly ask: () => Promise<T | undefined>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Rejects as `ask` does. */
  get(): Promise<T | undefined> {
    if (this.last !== undefined && this.nowMs() - this.last.atMs < FRESH_MS) return Promise.resolve(this.last.answer);
    this.asking ??= this.askAnew().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async askAnew(): Promise<T | undefined> {
    const atMs = this.nowMs();
    try {
      const answer = await this.ask();
      this.last = answer === undefined ? undefined : { answer, atMs };
      return answer;
    } catch (error) {
      if (this.last === undefined || !(error instanceof BeamError && error.code === "SERVICE_UNREACHABLE")) throw error;
      return this.last.answer;
    }
  }
}
