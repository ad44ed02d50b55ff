/**
 * A steady flow of sessions, in real time: each user sends `MESSAGES` messages, `SPACING_MS` apart, and then nothing
 * more. A message's event time is the time at which it is put.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { encodeMessage, putRaw } from "../../support/kinesis/producer";

const MESSAGES = 5;
const SPACING_MS = 200;
const TICK_MS = 20;
const TEXT =
  "I ordered it on Monday, the parcel says delivered, but nothing arrived at my door. Could you check, please?";

export interface PutMessage {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly timestampMs: number;
}

export interface SteadySession {
  readonly userId: string;
  readonly lastMs: number;
}

export interface SteadyChat {
  /** Sessions in the order of their ends. */
  readonly sessions: readonly SteadySession[];
  readonly messages: readonly PutMessage[];
}

export interface SteadyChatOptions {
  readonly stream: string;
  readonly sessionsPerS: number;
  /** Called again and again; the flow ends when it returns true. */
  readonly isOver: () => boolean;
  readonly onSessionEnd: (session: SteadySession) => void;
}

interface OpenSession {
  readonly userId: string;
  readonly startMs: number;
  said: number;
}

export async function sendSteadyChat(client: KinesisClient, options: SteadyChatOptions): Promise<SteadyChat> {
  const { stream, sessionsPerS, isOver, onSessionEnd } = options;
  const beginMs = Date.now();
  const sessions: SteadySession[] = [];
  const messages: PutMessage[] = [];
  let open: OpenSession[] = [];
  for (let begun = 0; !isOver(); await sleep(TICK_MS)) {
    const timestampMs = Date.now();
    for (; beginMs + (begun * 1_000) / sessionsPerS <= timestampMs; begun++) {
      open.push({ userId: `steady-${begun}`, startMs: beginMs + (begun * 1_000) / sessionsPerS, said: 0 });
    }
    const speaking = open.filter(({ startMs, said }) => startMs + said * SPACING_MS <= timestampMs);
    const records = speaking.map(({ userId, said }) => ({
      partitionKey: userId,
      data: encodeMessage({ userId, content: TEXT, messageId: `${userId}-${said}`, timestampMs }),
    }));
    for (const { shardId, sequenceNumber } of await putRaw(client, stream, records)) {
      messages.push({ shardId, sequenceNumber, timestampMs });
    }
    for (const session of speaking) {
      if (++session.said < MESSAGES) continue;
      const ended = { userId: session.userId, lastMs: timestampMs };
      sessions.push(ended);
      onSessionEnd(ended);
    }
    open = open.filter(({ said }) => said < MESSAGES);
  }
  return { sessions, messages };
}

/**
 * Time at which the source had read enough for the watermark to pass each session's end: the moment when the last of
 * the shards handed out a message of at least `lastMs + afterMs`. Undefined where that did not happen.
 */
export function closableMs(
  { sessions, messages }: SteadyChat,
  deliveredMs: ReadonlyMap<string, number>,
  afterMs: number,
): readonly (number | undefined)[] {
  const shards = new Map<string, PutMessage[]>();
  for (const message of messages) {
    const own = shards.get(message.shardId);
    if (own === undefined) shards.set(message.shardId, [message]);
    else own.push(message);
  }
  return sessions.map(({ lastMs }) => {
    let latestMs = 0;
    for (const own of shards.values()) {
      const first = own.find(({ timestampMs }) => timestampMs >= lastMs + afterMs);
      const readMs = first && deliveredMs.get(first.sequenceNumber);
      if (readMs === undefined) return undefined;
      latestMs = Math.max(latestMs, readMs);
    }
    return latestMs;
  });
}
