import { compactCoder } from "../../beam";
import type { EmbeddedPart } from "../model";
import { readSummarisedPart, writeSummarisedPart } from "./summarised-part";

/** Vectors travel as 32-bit floats: what the index stores, at half the size of doubles. */
export const embeddedPartCoder = compactCoder<EmbeddedPart>("beam-chat-sessions:coder:embedded_part", 3, {
  write(value, writer) {
    writeSummarisedPart(value, writer);
    writer.string(value.embeddingModel);
    writer.uint32(value.embedding.length);
    for (const component of value.embedding) writer.float(component);
    writer.bool(value.embeddingTruncated);
  },
  read(reader, version) {
    const summarised = readSummarisedPart(reader, version);
    const embeddingModel = reader.string();
    const embedding = Array.from({ length: reader.uint32() }, () => reader.float());
    const embeddingTruncated = version >= 2 && reader.bool();
    return { ...summarised, embedding, embeddingModel, embeddingTruncated };
  },
});
