import type { TestKinesis } from "../kinesis/server";
import { putChat } from "../kinesis/producer";
import { type ChatShape, randomChat } from "./random-chat";
import type { SentMessage } from "./sent";

const SHARDS = 4;
const DAYS_AGO = 2;

export type SentShape = Partial<ChatShape> & Pick<ChatShape, "users" | "disorderMs">;

/** Creates a stream and puts a random chat of the past on it, all at once: by default 30 messages of each user. */
export async function sendChat(
  kinesis: TestKinesis,
  stream: string,
  seed: number,
  shape: SentShape,
): Promise<readonly SentMessage[]> {
  await kinesis.createStream(stream, SHARDS);
  const startMs = Date.now() - DAYS_AGO * 86_400_000;
  return putChat(
    kinesis.client,
    stream,
    randomChat(seed, { messagesPerUser: 30, aggregated: 0.15, startMs, ...shape }),
  );
}
