import { impulse, type PCollection, type Root, withName } from "../../beam";
import type { DeadLetter } from "../../chat/model";
import { listRootShards } from "./list-root-shards";
import type { Parser } from "../parser";
import { readLineage } from "./read-lineage";
import type { KinesisReadSettings } from "./settings";

export interface ReadResult<M> {
  /** The parser's messages from user records, de-aggregated, at their event times. */
  readonly messages: PCollection<M>;
  /** Messages that came too late for their session, if the settings have them kept, at times that no stage drops. */
  readonly late: PCollection<M>;
  /** Records that the parser refused, or that came too late for their session (TOO_LATE). */
  readonly deadLetters: PCollection<DeadLetter>;
}

/**
 * Reads a Kinesis data stream, from `settings.start` on; bounded with `settings.untilMs`. A splittable DoFn that runs
 * wherever Beam does, and parses each record once.
 *
 * Counters of its stage `readLineage`: `read` (user records, dead letters included), `aggregatedRecords`,
 * `withoutMessages`, `unreadable`, `tooLate`, `expiredShards`, and those of `RetryCounters`; gauges
 * `millisBehindLatest` (the service's figure) and `behindArrivalMs` (age of the newest record taken, 0 at the tip),
 * each of the worst shard. Fails with `JobError` STREAM_NOT_FOUND, ACCESS_DENIED or PIPELINE; anything temporary is
 * tried again, for ever or as the settings say.
 */
export function readKinesis<M>(settings: KinesisReadSettings, parser: Parser<M>) {
  return withName("readKinesis", (root: Root): ReadResult<M> => {
    const { roots } = root.apply(impulse()).apply(listRootShards(settings));
    const { messages, late, deadLetters } = roots.apply(readLineage({ kinesis: settings, parser: parser.spec }));
    // The cast is sound, because the source's output has the coder of the parser's.
    return { messages: messages as PCollection<M>, late: late as PCollection<M>, deadLetters };
  });
}
