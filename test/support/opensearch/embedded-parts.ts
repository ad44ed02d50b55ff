/** Embedded session parts to write, without a model. */
import type { ChatMessage, EmbeddedPart, SessionPart } from "../../../src/chat/model";

export const START_MS = Date.parse("2026-03-01T12:00:00Z");

export function chatMessage(number: number, change: Partial<ChatMessage> = {}): ChatMessage {
  return {
    userId: "alice",
    content: `message ${number}`,
    messageId: `m-${number}`,
    timestampMs: START_MS + number * 1_000,
    arrivalMs: START_MS + number * 1_000 + 50,
    position: { shardId: "shardId-000000000000", sequenceNumber: String(49_000 + number), subSequenceNumber: 0 },
    ...change,
  };
}

export function sessionPart(userId: string, messages: readonly ChatMessage[]): SessionPart {
  const own = messages.map((message) => ({ ...message, userId }));
  return {
    sessionKey: userId,
    startMs: own[0]?.timestampMs ?? 0,
    endMs: own.at(-1)?.timestampMs ?? 0,
    part: 1,
    partCount: 1,
    pane: 0,
    early: false,
    messages: own,
  };
}

/** Session part number `index`, with its own user, first message and vector. */
export function embeddedPart(
  index: number,
  dimension: number,
  change: Partial<EmbeddedPart["summary"]> = {},
): EmbeddedPart {
  return {
    part: sessionPart(`user-${index}`, [chatMessage(index * 2), chatMessage(index * 2 + 1)]),
    summary: {
      summary: `Session number ${index}`,
      language: "en",
      intent: "question",
      topics: ["numbers"],
      sentiment: "neutral",
      sensitive: false,
      sensitiveKinds: [],
      ...change,
    },
    summaryModel: "a-model",
    promptVersion: 1,
    taxonomyHash: "some-labels",
    embedding: unitVector(dimension, index),
    embeddingModel: "another-model",
    unreadCharacters: 0,
    embeddingTruncated: false,
  };
}

/** A vector of 32-bit floats, like those that the coder reads. */
export function unitVector(dimension: number, seed: number): number[] {
  const raw = Array.from({ length: dimension }, (_, component) => Math.sin((component + 1) * (seed + 1) * 0.7));
  const length = Math.hypot(...raw);
  return raw.map((component) => Math.fround(component / length));
}
