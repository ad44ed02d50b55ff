/** Sessions and alerts that come into the indexes of a running job while its page is open. */
import type { OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { writeLines } from "../opensearch/sessions-index";

/** The job's own sessions; arrivals lie behind them. */
export const OF_JOB = { range: { start: { lt: "2030-01-01" } } };
const ONE_OF_JOB = { size: 1, query: OF_JOB };

export class Arrivals {
  private number = 0;

  constructor(readonly client: OpenSearchClient) {}

  /** Gives the index sessions that the job has just written, as far as anybody can see. */
  async sessions(users: readonly string[], changes: object = {}): Promise<void> {
    const found = await this.client.request({ method: "POST", path: "/chat-sessions/_search", json: ONE_OF_JOB });
    const { hits } = found.body as { hits: { hits: { _source: Record<string, unknown> }[] } };
    const base = hits.hits[0]!._source;
    const times = { start: "2050-01-01T00:00:00Z", end: "2050-01-01T00:10:00Z", indexedAt: new Date() };
    const lines = users.flatMap((userId) => [
      { index: { _id: `live ${++this.number}` } },
      { ...base, userId, ...times, ...changes },
    ]);
    await writeLines(
      this.client,
      "chat-sessions",
      lines.map((line) => JSON.stringify(line)),
    );
  }

  /** Gives the indexes a session and an alert whose every text is this one. */
  async everywhere(text: string): Promise<void> {
    const now = new Date();
    const times = { start: "2045-06-01T00:00:00Z", end: "2045-06-01T00:10:00Z" };
    const alert = { kind: text, severity: text, rule: text, lane: text, language: text, intent: text };
    const keys = { userHash: "x", sessionKeyHash: "x", documentId: text.slice(0, 100), messageCount: 2 };
    const number = ++this.number;
    const id = `hostile ${number}`;
    const json = { id, type: text, source: text, time: now, ...alert, ...keys, ...times, writtenAt: now };
    await this.client.request({ method: "PUT", path: `/chat-sessions-alerts/_doc/${number}`, json });
    const texts = { summary: text, intent: text, topics: [text], sentiment: text, language: text, summaryModel: text };
    const lists = {
      sensitive: true,
      sensitiveKinds: [text],
      alerts: [text],
      categories: [`${text}=${text}`],
      roles: [text],
    };
    await this.sessions([text], { ...texts, ...lists, ...times, sessionKey: text, attributes: { channel: text } });
  }
}
