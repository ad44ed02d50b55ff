import type { SourceRecord } from "../../chat/model";
import { s3Client } from "./client";
import { openContent } from "./content";
import { tryAtStart } from "./keep-trying";
import { localStore } from "./local-store";
import { UNOPENED } from "./restriction";
import { s3Store } from "./s3-store";
import type { FilesReadSettings, ListedFile } from "./settings";
import { BLOCK_BYTES, type ReadBlock } from "./blocks";
import { SplitReading } from "./split-reading";

/** The first record of a file, for a look at it; undefined when there is none. */
export async function openFirst(
  file: ListedFile,
  { s3, form }: Pick<FilesReadSettings, "s3" | "form">,
): Promise<SourceRecord | undefined> {
  const client = file.at.kind === "s3" ? s3Client(s3) : undefined;
  const store = client === undefined ? localStore : s3Store(client);
  const operation = client === undefined ? "open" : "s3:GetObject";
  const read: ReadBlock = (of, from, maxBytes) =>
    tryAtStart({ operation, name: of.name }, () => store.read(of, from, maxBytes));
  try {
    const split = { file, from: 0, to: file.bytes };
    const start = { offset: UNOPENED, line: 0 };
    const reading = new SplitReading(
      split,
      start,
      await openContent(split, start, form, read, () => read(file, 0, BLOCK_BYTES)),
    );
    await reading.find();
    const [piece] = reading.pieces;
    await reading.close();
    if (piece === undefined) return undefined;
    const position = { shardId: file.name, sequenceNumber: String(piece.offset), subSequenceNumber: 0 };
    return { position, arrivalMs: file.modifiedMs, data: piece.data };
  } finally {
    client?.destroy();
  }
}
