import { compactCoder } from "../../beam";

/** A document that OpenSearch holds now, by its `_id`. */
export interface WrittenDocument {
  readonly documentId: string;
  readonly messageCount: number;
}

export const writtenDocumentCoder = compactCoder<WrittenDocument>("beam-chat-sessions:coder:written_document", 1, {
  write(value, writer) {
    writer.string(value.documentId);
    writer.uint32(value.messageCount);
  },
  read: (reader) => ({ documentId: reader.string(), messageCount: reader.uint32() }),
});
