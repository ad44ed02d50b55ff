import { compactCoder } from "../../beam";

/** What became of a session; the last two in messages. */
export interface Written {
  readonly documents: number;
  /** Newly indexed. */
  readonly indexed: number;
  /** In the index before. */
  readonly alreadyIndexed: number;
}

export const writtenCoder = compactCoder<Written>("beam-chat-sessions:coder:written", 1, {
  write(value, writer) {
    writer.uint32(value.documents);
    writer.uint32(value.indexed);
    writer.uint32(value.alreadyIndexed);
  },
  read: (reader) => ({ documents: reader.uint32(), indexed: reader.uint32(), alreadyIndexed: reader.uint32() }),
});
