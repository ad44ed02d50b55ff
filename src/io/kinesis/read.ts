import { impulse, P, type PCollection, type Root, withName } from "../../beam";
import type { DeadLetter, KinesisRecord } from "../../chat/model";
import { listRootShards } from "./list-root-shards";
import { readLineages } from "./read-lineage";
import type { EventTimes, KinesisReadSettings } from "./settings";

export type ReadResult = {
  /** User records, de-aggregated, at their event times (those without one at their arrival). */
  readonly records: PCollection<KinesisRecord>;
  /** Records that came too late for their session (TOO_LATE). */
  readonly deadLetters: PCollection<DeadLetter>;
};

/**
 * Reads a Kinesis data stream, from `settings.start` on; bounded with `settings.untilMs`. A splittable DoFn that runs
 * wherever Beam does.
 *
 * Counters of its stage `readLineage`: `read` (user records, dead letters included), `aggregatedRecords`, `tooLate`,
 * `throttles`; gauges `millisBehindLatest` (the service's figure) and `behindArrivalMs` (age of the newest record taken,
 * 0 at the tip), each of the worst shard. Fails with `JobError` STREAM_NOT_FOUND, ACCESS_DENIED or PIPELINE; anything
 * temporary is tried again, for ever or as the settings say.
 */
export function readKinesis(settings: KinesisReadSettings, eventTimes: EventTimes) {
  return withName("readKinesis", (root: Root): ReadResult => {
    const impulses = root.apply(impulse());
    const { roots } = P(impulses).apply(listRootShards(settings));
    const { records, deadLetters } = P(roots).apply(readLineages(settings, eventTimes));
    return { records, deadLetters };
  });
}
