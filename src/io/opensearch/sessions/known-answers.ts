import type { Shared } from "../../../beam";
import type { EmbeddedPart } from "../../../chat/model";

/** Answers kept: with vectors some ten megabytes. */
const MAX_ANSWERS = 500;

/**
 * Answers of the models, by content hash, for sessions that begin anew before the index holds them. Bounded, oldest
 * first out.
 */
export class KnownAnswers {
  private readonly answers = new Map<string, EmbeddedPart>();

  remember(contentHash: string, answer: EmbeddedPart): void {
    this.answers.delete(contentHash);
    this.answers.set(contentHash, answer);
    const [oldest] = this.answers.keys();
    if (this.answers.size > MAX_ANSWERS && oldest !== undefined) this.answers.delete(oldest);
  }

  recall(contentHash: string): EmbeddedPart | undefined {
    return this.answers.get(contentHash);
  }
}

/** The run's own. */
export function sharedAnswers(shared: Shared): KnownAnswers {
  return shared.get("known answers", () => new KnownAnswers());
}
