/** Everything that an index holds, in the oracle's fields. */
import { Client } from "@opensearch-project/opensearch";
import { z } from "zod";
import { deadLetterIndexOf } from "../chat/job";
import type { StoredDeadLetter, StoredPart } from "../chat/oracle";

const PAGE_SIZE = 500;

const FACTS = z.object({
  participants: z.array(z.object({ id: z.string(), role: z.string(), messageCount: z.int() })),
  roles: z.array(z.string()),
  messageCountByRole: z.record(z.string(), z.int()),
  durationMs: z.int(),
  characters: z.int(),
  firstResponseMs: z.int().optional(),
  attributes: z.record(z.string(), z.unknown()).optional(),
});

const MESSAGE = z.looseObject({
  author: z.string(),
  role: z.string(),
  content: z.string(),
  timestamp: z.iso.datetime(),
  id: z.string().optional(),
});

const PART = z.looseObject({
  userId: z.string(),
  sessionKey: z.string().optional(),
  start: z.iso.datetime(),
  end: z.iso.datetime(),
  part: z.int(),
  partCount: z.int(),
  messageCount: z.int(),
  messages: z.array(MESSAGE),
  summary: z.string(),
  embedding: z.array(z.number()),
});

const DEAD_LETTER = z.looseObject({
  code: z.string(),
  stage: z.string(),
  kind: z.string(),
  messageCount: z.int(),
  payload: z.base64(),
  position: z.object({ shardId: z.string(), sequenceNumber: z.string(), subSequenceNumber: z.int() }),
});

const LEDGER = z.looseObject({
  userId: z.string(),
  entries: z.array(
    z.looseObject({
      id: z.string(),
      start: z.iso.datetime(),
      end: z.iso.datetime(),
      contested: z.iso.datetime().optional(),
    }),
  ),
});

/** A ledger's entry of a document. */
export interface StoredEntry {
  readonly id: string;
  readonly userId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** True in a ledger where two have announced that they would create the document. */
  readonly isContested?: boolean;
}

interface Hit {
  readonly id: string;
  readonly source: unknown;
  /** 1 when the document was written once. */
  readonly version: number;
}

export class StoredIndex {
  private readonly client: Client;

  constructor(
    url: string,
    private readonly index: string,
  ) {
    this.client = new Client({ node: url });
  }

  async parts(): Promise<readonly StoredPart[]> {
    return (await this.all(this.index)).map(({ id, source }) => {
      const { embedding, messages, start, end, sessionKey, ...rest } = PART.parse(source);
      return {
        ...rest,
        ...(sessionKey === undefined ? {} : { sessionKey }),
        id,
        facts: FACTS.parse(source),
        startMs: Date.parse(start),
        endMs: Date.parse(end),
        embeddingLength: embedding.length,
        messages: messages.map((message) => ({
          author: message.author,
          role: message.role,
          content: message.content,
          timestampMs: Date.parse(message.timestamp),
          ...(message.id === undefined ? {} : { messageId: message.id }),
        })),
      };
    });
  }

  async deadLetters(): Promise<readonly StoredDeadLetter[]> {
    return (await this.all(deadLetterIndexOf(this.index))).map(({ id, source }) => {
      const { code, stage, kind, messageCount, payload, position } = DEAD_LETTER.parse(source);
      const placeKey = `${position.shardId}/${position.sequenceNumber}/${position.subSequenceNumber}`;
      return { id, code, stage, kind, messageCount, placeKey, payload: Buffer.from(payload, "base64") };
    });
  }

  async ledgerEntries(): Promise<readonly StoredEntry[]> {
    return (await this.all(`${this.index}-ledger`)).flatMap(({ source }) => {
      const { userId, entries } = LEDGER.parse(source);
      return entries.map(({ id, start, end, contested }) => {
        return {
          id,
          userId,
          startMs: Date.parse(start),
          endMs: Date.parse(end),
          isContested: contested !== undefined,
        };
      });
    });
  }

  async count(): Promise<number> {
    try {
      const { body } = await this.client.count({ index: this.index, ignore_unavailable: true });
      return body.count;
    } catch {
      // An index that was just made, or a server that was just restarted, cannot count; a caller that waits for a
      // number asks again.
      return 0;
    }
  }

  /** Documents of sessions that begin after this time; none while the index does not answer. */
  async countStartingAfter(startMs: number): Promise<number> {
    const query = { range: { start: { gt: new Date(startMs).toISOString() } } };
    try {
      const { body } = await this.client.count({ index: this.index, ignore_unavailable: true, body: { query } });
      return body.count;
    } catch {
      return 0;
    }
  }

  /** Number of times that documents were written over: the server counts each one's versions. */
  async overwrites(): Promise<number> {
    return (await this.all(this.index)).reduce((sum, { version }) => sum + version - 1, 0);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  /** Scrolls, which sees one moment of the index; none when the index does not exist. */
  private async all(index: string): Promise<Hit[]> {
    const { body: exists } = await this.client.indices.exists({ index });
    if (!exists) return [];
    // An index that was just made, or a server that was just restarted, cannot be searched yet.
    await this.client.cluster.health({ index, wait_for_status: "yellow", timeout: "60s" });
    await this.client.indices.refresh({ index });
    const hits: Hit[] = [];
    let { body } = await this.client.search({ index, scroll: "1m", size: PAGE_SIZE, version: true });
    while (body.hits.hits.length > 0) {
      for (const { _id, _source, _version } of body.hits.hits) {
        hits.push({ id: String(_id), source: _source as unknown, version: Number(_version) });
      }
      ({ body } = await this.client.scroll({ body: { scroll: "1m", scroll_id: body._scroll_id! } }));
    }
    await this.client.clearScroll({ body: { scroll_id: [body._scroll_id!] } });
    return hits;
  }
}
