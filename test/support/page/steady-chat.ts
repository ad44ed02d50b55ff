/** Chats that come into the stream of a running job one message after the other, as from a site that is in use. */
import { setTimeout as sleep } from "node:timers/promises";
import { kinesisClient } from "../../../src/io/kinesis/client";
import { putMessages, type PutEntry } from "../../../src/io/kinesis/write";
import type { Services } from "../../../src/local/folder";
import { sampleChat } from "../../../src/local/sample/chat";

/** Samples that run beside one another, each with 25 customers of its own. */
const SAMPLES = 5;
/** Chats go on this much faster than people write, so that some minutes show sessions that end. */
const SPEED = 6;
const SEND_INTERVAL_MS = 1_000;

interface Timed {
  /** Since the first message. */
  readonly atMs: number;
  readonly entry: (startMs: number) => PutEntry;
}

/** Sends what such chats write in this time, and resolves then. */
export async function sendSteadily({ kinesis, region, stream }: Services, forMs: number): Promise<void> {
  const client = kinesisClient({ region, endpoint: kinesis! });
  const all = Array.from({ length: SAMPLES }, (_, place) => timed(place)).flat();
  const waiting = all.toSorted((a, b) => a.atMs - b.atMs);
  const startMs = Date.now();
  try {
    while (Date.now() < startMs + forMs) {
      const dueMs = (Date.now() - startMs) * SPEED;
      const due = waiting.splice(0, waiting.filter(({ atMs }) => atMs <= dueMs).length);
      if (due.length > 0) {
        await putMessages(
          client,
          stream,
          due.map(({ entry }) => entry(startMs)),
        );
      }
      await sleep(SEND_INTERVAL_MS);
    }
  } finally {
    client.destroy();
  }
}

/** The messages of one sample, under users and ids that no other has, and its records that cannot be read. */
function timed(place: number): readonly Timed[] {
  let atMs = 0;
  let firstMs: number | undefined;
  return sampleChat(place + 1).records.flatMap(({ partitionKey, data }) => {
    const message = messageIn(data);
    if (message === undefined) return [{ atMs, entry: () => ({ partitionKey, data }) }];
    const { chatId, userId, messageId, timestamp } = message;
    firstMs ??= timestamp;
    const sinceMs = timestamp - firstMs;
    atMs = Math.max(atMs, sinceMs);
    const own = (name: string): string => (name === chatId ? `${name}-${place + 1}` : name);
    const entry = (startMs: number): PutEntry => {
      const changed = {
        ...message,
        ...{ chatId: own(chatId), userId: own(userId), messageId: `${place} ${messageId}` },
        timestamp: startMs + sinceMs,
      };
      return { partitionKey: own(chatId), data: Buffer.from(JSON.stringify(changed)) };
    };
    return [{ atMs, entry }];
  });
}

interface Message {
  readonly chatId: string;
  readonly userId: string;
  readonly messageId: string;
  readonly timestamp: number;
}

/** Undefined for aggregated records, and for those that a job cannot read. */
function messageIn(data: Uint8Array): Message | undefined {
  try {
    const message = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data)) as Partial<Message>;
    return message.messageId === undefined || typeof message.timestamp !== "number" ? undefined : (message as Message);
  } catch {
    return undefined;
  }
}
