import { compactCoder } from "../../beam";

/** What became of a session; all but the documents in messages. */
export interface Written {
  readonly documents: number;
  /** Newly indexed. */
  readonly indexed: number;
  /** In the index before. */
  readonly alreadyIndexed: number;
  /** Not kept, because they were erased or are older than the retention. */
  readonly suppressed: number;
}

/** Version 1 knows nothing that is suppressed. */
export const writtenCoder = compactCoder<Written>("beam-chat-sessions:coder:written", 2, {
  write(value, writer) {
    writer.uint32(value.documents);
    writer.uint32(value.indexed);
    writer.uint32(value.alreadyIndexed);
    writer.uint32(value.suppressed);
  },
  read: (reader, version) => ({
    documents: reader.uint32(),
    indexed: reader.uint32(),
    alreadyIndexed: reader.uint32(),
    suppressed: version === 1 ? 0 : reader.uint32(),
  }),
});
