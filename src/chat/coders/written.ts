import { compactCoder } from "../../beam";
import { readMs, writeMs } from "./fields";

/** A session's outcome; all counts but the documents are of messages. */
export interface Written {
  readonly documents: number;
  /** Newly indexed. */
  readonly indexed: number;
  /** Indexed before. */
  readonly alreadyIndexed: number;
  /** Not kept, because they were erased or are older than the retention. */
  readonly suppressed: number;
  /** Time from the session's closing until OpenSearch had it; missing for one whose closing is not known. */
  readonly freshnessMs?: number;
}

/** Version 1 knows nothing that is suppressed, and version 2 no freshness. */
export const writtenCoder = compactCoder<Written>("beam-chat-sessions:coder:written", 3, {
  write(value, writer) {
    writer.uint32(value.documents);
    writer.uint32(value.indexed);
    writer.uint32(value.alreadyIndexed);
    writer.uint32(value.suppressed);
    writer.bool(value.freshnessMs !== undefined);
    if (value.freshnessMs !== undefined) writeMs(value.freshnessMs, writer);
  },
  read(reader, version) {
    const counts = {
      documents: reader.uint32(),
      indexed: reader.uint32(),
      alreadyIndexed: reader.uint32(),
      suppressed: version === 1 ? 0 : reader.uint32(),
    };
    const isTimed = version >= 3 && reader.bool();
    return isTimed ? { ...counts, freshnessMs: readMs(reader) } : counts;
  },
});
