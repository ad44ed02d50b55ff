import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { encodeMessage, putRaw } from "../../support/kinesis/producer";
import { benchMessage } from "./chat";

/** Puts messages `from` up to `from + count` of the benchmarks' chat. */
export async function putBenchMessages(
  client: KinesisClient,
  stream: string,
  from: number,
  count: number,
  startMs: number,
): Promise<void> {
  const records = Array.from({ length: count }, (_, index) => {
    const message = benchMessage(from + index, startMs);
    return { partitionKey: message.userId, data: encodeMessage(message) };
  });
  await putRaw(client, stream, records);
}
