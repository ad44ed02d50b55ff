import { setImmediate } from "node:timers/promises";
import {
  type DoFnSpec,
  type Metrics,
  type ProcessContinuation,
  type RestrictionTracker,
  resume,
  type SplittableContext,
  splittableDoFn,
  type SplittableDoFnInstance,
  stop,
} from "../../beam";
import type { DeadLetter, SourceRecord } from "../../chat/model";
import { isSeveral } from "../../chat/steps/records/hints";
import { afterRecordMs } from "../event-time";
import {
  emitAllParsed,
  noParsedCounts,
  PARSED_COUNTS,
  type ParsedCounts,
  type ParsedOutputs,
  type ParsedRecord,
  recordLetter,
} from "../parsed-outputs";
import type { RecordParser } from "../parser";
import { openParser, SourceCounters, sourceOutputs } from "../parsing-source";
import { type PartitionReaders, sharedPartitionReaders } from "./partition-readers";
import type { Partition } from "./list-partitions";
import { type PartitionRestriction, partitionRestrictionCoder, START_OF_PARTITION } from "./restriction";
import type { FilesReadSettings, ListedFile } from "./settings";
import { type PartitionClaim, PartitionTracker } from "./tracker";
import type { FoundPiece, SplitReading } from "./split-reading";

type Tracker = RestrictionTracker<PartitionRestriction, PartitionClaim>;
type Context = SplittableContext<ParsedOutputs>;

/**
 * Reads the splits of one partition, one after the other, until the runner asks for a checkpoint or all are read.
 *
 * 1. The watermark moves between claims, when all that was claimed is emitted: the newest event time less the disorder.
 *    It goes on from one file to the next, as in a shard.
 * 2. Every way out parks the reading, so that the next bundle goes on with what was fetched; one that failed is
 *    dropped.
 */
export class PartitionReader implements SplittableDoFnInstance<
  Partition,
  PartitionRestriction,
  PartitionClaim,
  ParsedOutputs
> {
  private readonly counters: SourceCounters<keyof ParsedCounts>;

  constructor(
    private readonly settings: FilesReadSettings,
    private readonly parser: RecordParser,
    private readonly readers: PartitionReaders,
    metrics: Metrics,
  ) {
    this.counters = new SourceCounters(PARSED_COUNTS, metrics);
  }

  close(): void | Promise<void> {
    return this.parser.close();
  }

  initialRestriction(): PartitionRestriction {
    return START_OF_PARTITION;
  }

  newTracker({ partition }: Partition, restriction: PartitionRestriction): PartitionTracker {
    return new PartitionTracker(restriction, this.readers.splitsOf(partition).length);
  }

  async process({ partition }: Partition, tracker: Tracker, context: Context): Promise<ProcessContinuation> {
    const splits = this.readers.splitsOf(partition);
    for (;;) {
      const restriction = tracker.currentRestriction();
      const { split } = restriction;
      if (split >= splits.length) return stop();
      const reading = await this.readers.lease(partition, restriction);
      const end = await this.readSplit(splits[split]!.file, reading, tracker, context);
      if (end === "ended") {
        await reading.close();
        continue;
      }
      this.readers.park(partition, split, reading);
      return end;
    }
  }

  private async readSplit(
    file: ListedFile,
    reading: SplitReading,
    tracker: Tracker,
    context: Context,
  ): Promise<ProcessContinuation | "ended"> {
    while (await reading.find()) {
      if (context.checkpointRequested.aborted) return resume();
      const { pieces } = reading;
      // Trouble is the last of a split: claimed by itself, it would be found again where the split goes on elsewhere.
      const isLast = pieces[0]?.trouble !== undefined;
      if (!tracker.tryClaim(isLast ? { kind: "ended" } : { kind: "records", ...reading.next })) return stop();
      reading.accept();
      await this.emit(file, pieces, context);
      if (isLast) return "ended";
      // Others in this process have their turn: requests, and the stages behind.
      await setImmediate();
    }
    if (context.checkpointRequested.aborted) return resume();
    return tracker.tryClaim({ kind: "ended" }) ? "ended" : stop();
  }

  private async emit(file: ListedFile, pieces: readonly FoundPiece[], context: Context): Promise<void> {
    const counts = noParsedCounts();
    const reportedMs = context.watermark.currentMs;
    const emission = { context, counts, settings: this.settings, reportedMs };
    let watermarkMs = reportedMs;
    for (const piece of pieces) {
      const parsed = this.parsed(file, piece);
      const emitted = emitAllParsed(parsed, emission, () => placeOf(file, piece));
      if (emitted !== undefined) await emitted;
      for (const { eventMs } of parsed) {
        if (eventMs !== undefined) watermarkMs = afterRecordMs(watermarkMs, eventMs, file.modifiedMs, this.settings);
      }
    }
    context.watermark.advanceTo(watermarkMs);
    this.counters.take(counts);
  }

  /** Says how to read a record that is too long, by its beginning. */
  private cure(beginning: Uint8Array): string {
    const again = "run the job on the file again";
    if (this.settings.form === "values") return `divide it, then ${again}`;
    return isSeveral(beginning)
      ? `it looks like several JSON values: ${again} with --record-values many`
      : `divide it, then ${again}, or ${again} with --record-values many if it is several JSON values`;
  }

  private parsed(file: ListedFile, piece: FoundPiece): readonly ParsedRecord[] {
    const { offset, data, bytes, trouble } = piece;
    const record: SourceRecord = {
      position: { shardId: file.name, sequenceNumber: String(offset), subSequenceNumber: 0 },
      arrivalMs: file.modifiedMs,
      data,
    };
    if (trouble !== undefined) {
      return [refused(record, recordLetter("UNREADABLE", record, trouble))];
    }
    if (bytes > data.length) {
      const reason = `${bytes} bytes, more than any record may have, of which the letter holds the beginning only; ${this.cure(data)}`;
      return [refused(record, recordLetter("TOO_LARGE", record, reason))];
    }
    return this.parser.parse(record);
  }
}

/** The letter of a record that is not there as a whole. */
function refused(record: SourceRecord, letter: DeadLetter): ParsedRecord {
  return { record, tag: "deadLetters", value: { ...letter, isTruncated: true }, eventMs: undefined };
}

function placeOf({ name }: ListedFile, { line, offset }: FoundPiece): string {
  return `${line === 0 ? "" : `line ${line}, `}byte ${offset} of ${name}`;
}

export interface ReadPartitionSettings {
  readonly files: FilesReadSettings;
  /** The specification of a `Parser`. */
  readonly parser: DoFnSpec;
}

/** Reads partitions of files, and emits the parser's outputs for their records. */
export const readPartition = splittableDoFn("readPartition", {
  restriction: partitionRestrictionCoder,
  bounded: true,
  outputs: ({ parser }: ReadPartitionSettings) => sourceOutputs(parser),
  async open({ files, parser }: ReadPartitionSettings, context) {
    const recordParser = await openParser(parser, files.unpack, context);
    return new PartitionReader(files, recordParser, sharedPartitionReaders(context.shared, files), context.metrics);
  },
});
