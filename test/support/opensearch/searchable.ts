/** Sessions and dead letters for commands that search and read them, with the services of a data folder. */
import assert from "node:assert/strict";
import type { DeadLetter } from "../../../src/chat/model";
import { sessionDeadLetter } from "../../../src/chat/steps/letters/dead-letter";
import { embedText } from "../../../src/io/bedrock/embed-text";
import { embeddingModel } from "../../../src/io/bedrock/settings";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { openSearchSettings } from "../../../src/io/opensearch/settings";
import { writeDeadLetters } from "../../../src/io/opensearch/letters/write-dead-letters";
import { type RunningServices, startServices } from "../../../src/local/services";
import { chatMessage, embeddedPart, sessionPart, START_MS } from "./embedded-parts";
import { documentsHarness, harness } from "./write-elements";

export const MODEL = embeddingModel("amazon.titan-embed-text-v1");
export const SESSIONS = [
  ["alice", "Alice asks for a refund of a broken kettle.", "refund_request"],
  ["bob", "Bob wants to change the address of a delivery.", "change_address"],
  ["mallory\u001b[2J", "Delivery \u001b]0;owned\u0007 of \u202eevil words.", "complaint"],
  ["carol", "How do I reset my password?", "account"],
] as const;

const MESSAGES = [
  "the spout leaks; my card is 4111 1111 1111 1111",
  "ring the bell twice",
  "\u001b[2J \u202e where is it",
  "the page shows a lock",
] as const;

export function recordLetter(number: number, payload: string | Buffer): DeadLetter {
  return {
    code: "UNREADABLE",
    stage: "parse",
    reason: "The record is not JSON.",
    kind: "record",
    payload: Buffer.from(payload),
    messageCount: 1,
    position: { shardId: "shardId-000000000000", sequenceNumber: String(number), subSequenceNumber: 0 },
    timestampMs: START_MS + number,
  };
}

/** Starts Bedrock, with its encoder, and OpenSearch. */
export function startSearchable(folder: string): Promise<RunningServices> {
  return startServices(
    {
      dataDirectory: folder,
      kinesis: false,
      bedrock: true,
      opensearch: true,
      bedrockLatencyMs: 0,
      vectors: { kind: "words and meanings", isGiven: true },
      details: {
        region: "us-east-1",
        stream: "s",
        sessionGapMs: 300_000,
        index: "chats",
        deadLetterIndex: "chats-dead-letters",
      },
    },
    () => undefined,
  );
}

/** Fills the index "chats" and that of its dead letters. */
export async function fill({ endpoints }: RunningServices): Promise<void> {
  const { bedrock, opensearch } = endpoints;
  const settings = openSearchSettings({
    connection: { endpoint: opensearch! },
    index: "chats",
    dimension: 1_536,
    stream: "s",
  });
  await prepareOpenSearch(settings);
  const bedrockSettings = {
    region: "us-east-1",
    endpoint: bedrock!,
    maxConcurrentCalls: 4,
    requestTimeoutMs: 10_000,
  };
  const parts = await Promise.all(
    SESSIONS.map(async ([userId, summary, intent], index) => ({
      ...embeddedPart(index, 8, { summary, intent }),
      part: sessionPart(userId, [chatMessage(index * 1_000, { content: `Message ${index}: ${MESSAGES[index]}` })]),
      embedding: await embedText({ bedrock: bedrockSettings, model: MODEL }, summary),
    })),
  );
  const write = await documentsHarness(settings);
  assert.equal((await write.call(parts)).written.length, SESSIONS.length);
  const letters = [
    recordLetter(1, JSON.stringify({ userId: "zoe", content: "Where is my parcel?", timestamp: START_MS })),
    recordLetter(2, Buffer.from([0xff, 0xfe, 0x00, 0x1b])),
    recordLetter(3, '{"userId": "x\u001b[31m'),
    sessionDeadLetter("MODEL_REFUSED", "The model rejected it.", sessionPart("yan", [chatMessage(1), chatMessage(2)])),
    // Its beginning alone would be a message.
    { ...recordLetter(4, JSON.stringify({ userId: "xia", content: "cut", timestamp: START_MS })), isTruncated: true },
  ];
  const bury = await harness(writeDeadLetters(settings), []);
  await bury.call(letters);
}
