import { impulse, type PCollection, type Root, withName } from "../../beam";
import type { DeadLetter } from "../../chat/model";
import type { Parser } from "../parser";
import { listPartitions } from "./list-partitions";
import { readPartition } from "./read-partition";
import type { FilesReadSettings } from "./settings";

export interface ReadResult<M> {
  /** The parser's messages, at their event times. */
  readonly messages: PCollection<M>;
  /** Messages that came too late for their session, if the settings have them kept, at times that no stage drops. */
  readonly late: PCollection<M>;
  /** Records that the parser refused, files that cannot be read, and messages that came too late (TOO_LATE). */
  readonly deadLetters: PCollection<DeadLetter>;
}

/**
 * Reads files, in the order of their names, to their end. Several partitions share them by files and by ranges of
 * bytes.
 *
 * Counters of its stage `readPartition`: `read` (dead letters included), `withoutMessages`, `unreadable`,
 * `tooLate`. Fails with `JobError`
 * INPUT_CHANGED, INPUT_NOT_FOUND, ACCESS_DENIED or PIPELINE; anything temporary is tried again, for ever or as the
 * settings say.
 */
export function readFiles<M>(settings: FilesReadSettings, parser: Parser<M>) {
  return withName("readFiles", (root: Root): ReadResult<M> => {
    const { partitions } = root.apply(impulse()).apply(listPartitions(settings));
    const { messages, late, deadLetters } = partitions.apply(readPartition({ files: settings, parser: parser.spec }));
    // The cast is sound, because the source's output has the coder of the parser's.
    return { messages: messages as PCollection<M>, late: late as PCollection<M>, deadLetters };
  });
}
