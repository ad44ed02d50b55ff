/** Searches again and again for the awaited users' sessions, and notes when it first finds each. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/** The largest error of a figure, which is always too large. */
const POLL_MS = 20;
const MAX_ASKED = 1_000;

const FOUND = z.object({
  hits: z.object({ hits: z.array(z.object({ fields: z.object({ userId: z.tuple([z.string()]) }) })) }),
});

export class SearchableWatch {
  /** Milliseconds since the epoch at which a search first found the session, by user. */
  readonly foundMs = new Map<string, number>();
  /** When the last search began that did not find the session yet; none where the first one has. */
  readonly missedMs = new Map<string, number>();
  private readonly awaited = new Set<string>();
  private readonly ended = new AbortController();
  private readonly watching: Promise<void>;

  constructor(
    private readonly openSearch: string,
    private readonly index: string,
  ) {
    this.watching = this.watch();
  }

  await(userId: string): void {
    this.awaited.add(userId);
  }

  get missing(): number {
    return this.awaited.size;
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.watching;
  }

  private async watch(): Promise<void> {
    while (!this.ended.signal.aborted) {
      const users = [...this.awaited].slice(0, MAX_ASKED);
      if (users.length > 0) {
        const startMs = Date.now();
        const found = new Set(await this.search(users));
        for (const userId of users) {
          if (!found.has(userId)) {
            this.missedMs.set(userId, startMs);
            continue;
          }
          this.foundMs.set(userId, Date.now());
          this.awaited.delete(userId);
        }
      }
      await sleep(POLL_MS);
    }
  }

  private async search(users: readonly string[]): Promise<readonly string[]> {
    const body = {
      size: users.length,
      query: { terms: { userId: users } },
      _source: false,
      docvalue_fields: ["userId"],
    };
    const answer = await fetch(`${this.openSearch}/${this.index}/_search?ignore_unavailable=true`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const found = FOUND.safeParse(await answer.json());
    return found.success ? found.data.hits.hits.map(({ fields }) => fields.userId[0]) : [];
  }
}
