import type { Reader, Writer } from "protobufjs";
import { compactCoder } from "../../beam";
import type { ChatMessage } from "../model";

const TWO_TO_31 = 2 ** 31;
const HAS_ID = 1;
const HAS_SAME_SHARD = 2;
const HAS_UNUSABLE_ID = 4;

/** Messages of one user that travel together. An empty fragment only adds weight to a session: see `fragments`. */
export type MessageFragment = readonly ChatMessage[];

/**
 * Writes what messages share once: the user, and the shard for as long as it stays the same. Times are differences: the
 * event time's to the message before, the arrival's to the event time.
 */
export const messageFragmentCoder = compactCoder<MessageFragment>("beam-chat-sessions:coder:message_fragment", 2, {
  write(messages, writer) {
    const first = messages[0];
    const firstMs = first?.timestampMs ?? 0;
    writer.uint32(messages.length);
    writer.string(first?.userId ?? "");
    writer.double(firstMs);
    let shardId: string | undefined;
    let beforeMs = firstMs;
    for (const { content, messageId, hasUnusableId, timestampMs, arrivalMs, position } of messages) {
      const hasSameShard = position.shardId === shardId;
      writer.uint32(
        (messageId === undefined ? 0 : HAS_ID) |
          (hasSameShard ? HAS_SAME_SHARD : 0) |
          (hasUnusableId === undefined ? 0 : HAS_UNUSABLE_ID),
      );
      writer.string(content);
      if (messageId !== undefined) writer.string(messageId);
      writeDifference(timestampMs - beforeMs, writer);
      writeDifference(arrivalMs - timestampMs, writer);
      if (!hasSameShard) writer.string(position.shardId);
      writer.string(position.sequenceNumber);
      writer.uint32(position.subSequenceNumber);
      beforeMs = timestampMs;
      ({ shardId } = position);
    }
  },
  read(reader) {
    const count = reader.uint32();
    const userId = reader.string();
    const messages: ChatMessage[] = [];
    let timestampMs = reader.double();
    let shardId = "";
    for (let index = 0; index < count; index++) {
      const flags = reader.uint32();
      const content = reader.string();
      const messageId = (flags & HAS_ID) === 0 ? undefined : reader.string();
      timestampMs += readDifference(reader);
      const arrivalMs = timestampMs + readDifference(reader);
      if ((flags & HAS_SAME_SHARD) === 0) shardId = reader.string();
      const position = { shardId, sequenceNumber: reader.string(), subSequenceNumber: reader.uint32() };
      const message: ChatMessage =
        messageId === undefined
          ? { userId, content, timestampMs, arrivalMs, position }
          : { userId, content, messageId, timestampMs, arrivalMs, position };
      messages.push((flags & HAS_UNUSABLE_ID) === 0 ? message : { ...message, hasUnusableId: true });
    }
    return messages;
  },
});

/** Zig-zag in two halves, since the difference of two times may have more than 32 bits. */
function writeDifference(difference: number, writer: Writer): void {
  const unsigned = difference < 0 ? -2 * difference - 1 : 2 * difference;
  writer.uint32(unsigned % TWO_TO_31);
  writer.uint32(Math.floor(unsigned / TWO_TO_31));
}

function readDifference(reader: Reader): number {
  const low = reader.uint32();
  const unsigned = reader.uint32() * TWO_TO_31 + low;
  return unsigned % 2 === 0 ? unsigned / 2 : -(unsigned + 1) / 2;
}
