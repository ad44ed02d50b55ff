/** Looks at an index: at all of it in the end, and again and again while a history is played. */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@opensearch-project/opensearch";
import { z } from "zod";
import { StoredIndex } from "../opensearch/stored";
import type { History } from "./history";
import { type Indexed, identityOf, type JudgedMessage } from "./judge";

const MAX_DOCUMENTS = 10_000;
const LOOK_MS = 100;

const LETTER_MESSAGE = z.looseObject({
  userId: z.string(),
  content: z.string(),
  messageId: z.string().optional(),
  timestamp: z.number().optional(),
  timestampMs: z.number().optional(),
});
const SESSION_LETTER = z.looseObject({ messages: z.array(LETTER_MESSAGE) });

/** Everything that the judge wants to see of an index and of what belongs to it. */
export async function indexed(url: string, index: string): Promise<Indexed> {
  const stored = new StoredIndex(url, index);
  try {
    const letters = (await stored.deadLetters()).flatMap(({ kind, payload }) => messagesOf(kind, payload));
    return { documents: await stored.parts(), entries: await stored.ledgerEntries(), letters };
  } finally {
    await stored.close();
  }
}

function messagesOf(kind: string, payload: Buffer): (JudgedMessage & { readonly userId: string })[] {
  const value: unknown = JSON.parse(payload.toString("utf8"));
  const messages = kind === "record" ? [LETTER_MESSAGE.parse(value)] : SESSION_LETTER.parse(value).messages;
  return messages.map(({ timestamp, timestampMs, ...message }) => ({
    ...message,
    timestampMs: timestampMs ?? timestamp ?? 0,
  }));
}

export interface Watch {
  /** Messages that were in the index at one look and in no document at a later one. */
  readonly vanished: readonly string[];
  readonly looks: number;
}

/**
 * Looks at the documents until `ended`: what was acknowledged once must be there for ever; where texts are replaced, a
 * text of its id must.
 */
export async function watchIndex(
  { url, index, onEdit }: { readonly url: string; readonly index: string; readonly onEdit: History["onEdit"] },
  ended: AbortSignal,
): Promise<Watch> {
  const client = new Client({ node: url });
  const seen = new Set<string>();
  const vanished = new Set<string>();
  let looks = 0;
  while (!ended.aborted) {
    const present = await messagesNow(client, index, onEdit);
    if (present !== undefined) {
      looks++;
      for (const identity of seen) if (!present.has(identity)) vanished.add(identity);
      for (const identity of present) seen.add(identity);
    }
    await sleep(LOOK_MS);
  }
  await client.close();
  return { vanished: [...vanished], looks };
}

/** Identities of all messages in one moment of the index; undefined while there is none. */
async function messagesNow(
  client: Client,
  index: string,
  onEdit: History["onEdit"],
): Promise<ReadonlySet<string> | undefined> {
  try {
    const { body } = await client.search({
      index,
      size: MAX_DOCUMENTS,
      _source: ["userId", "messages.content", "messages.id", "messages.timestamp"],
    });
    return new Set(
      body.hits.hits.flatMap(({ _source }) => {
        const { userId, messages } = SOURCE.parse(_source);
        return messages.map(({ content, id, timestamp }) =>
          identityOf(userId, {
            content: onEdit === "replace" && id !== undefined ? "" : content,
            messageId: id,
            timestampMs: Date.parse(timestamp),
          }),
        );
      }),
    );
  } catch {
    // The index is not there yet, or is being made.
    return undefined;
  }
}

const SOURCE = z.looseObject({
  userId: z.string(),
  messages: z.array(z.looseObject({ content: z.string(), id: z.string().optional(), timestamp: z.string() })),
});
