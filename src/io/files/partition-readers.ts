/**
 * The readings of a run's partitions in one process, which outlive bundles: what was fetched and opened goes on in the
 * next bundle, and a compressed file is not opened from its beginning again and again.
 *
 * 1. A partition has at most one reading, which is either leased or parked.
 * 2. A parked reading is used again only where the restriction stands as it does.
 */
import { createHash } from "node:crypto";
import type { Shared } from "../../beam";
import type { FileStore } from "./api";
import { BLOCK_BYTES } from "./blocks";
import { Parked } from "../parked";
import { sharedStore } from "./client";
import { openContent } from "./content";
import { keepTrying } from "./keep-trying";
import { unpacked } from "./listing";
import { type Split, splitsOf, splitsOfPartition } from "./plan";
import type { PartitionRestriction } from "./restriction";
import type { FilesReadSettings, ListedFile } from "./settings";
import { SplitReading } from "./split-reading";

/** First blocks fetched ahead, so that many small objects do not cost a round trip each. */
const FILES_AHEAD = 4;
interface ParkedReading {
  readonly split: number;
  readonly reading: SplitReading;
}

export class PartitionReaders {
  private readonly splits: readonly Split[];
  private readonly ofPartitions = new Map<number, readonly Split[]>();
  private readonly parked: Parked<number, ParkedReading>;
  private readonly firstBlocks = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly settings: FilesReadSettings,
    private readonly store: FileStore,
    now: () => number = () => performance.now(),
  ) {
    this.parked = new Parked(now);
    this.splits = splitsOf(unpacked(settings.files), settings.partitions);
  }

  splitsOf(partition: number): readonly Split[] {
    let own = this.ofPartitions.get(partition);
    if (own === undefined)
      this.ofPartitions.set(partition, (own = splitsOfPartition(this.splits, partition, this.settings.partitions)));
    return own;
  }

  /** The reading that stands where the restriction does: the parked one, or a new one. */
  async lease(partition: number, { split, offset, line }: PartitionRestriction): Promise<SplitReading> {
    for (const { reading } of this.parked.takeOld()) await reading.close();
    const parked = this.parked.take(partition);
    if (parked?.split === split && parked.reading.position.offset === offset) return parked.reading;
    await parked?.reading.close();
    const splits = this.splitsOf(partition);
    for (const { file, from } of splits.slice(split + 1, split + 1 + FILES_AHEAD))
      if (from === 0) void this.firstBlockOf(file);
    const own = splits[split]!;
    const position = { offset, line };
    const first = (): Promise<Buffer> => {
      const block = this.firstBlockOf(own.file);
      this.firstBlocks.delete(own.file.name);
      return block;
    };
    return new SplitReading(own, position, await openContent(own, position, this.settings.form, this.read, first));
  }

  park(partition: number, split: number, reading: SplitReading): void {
    this.parked.park(partition, { split, reading });
  }

  async close(): Promise<void> {
    for (const { reading } of this.parked.takeAll()) await reading.close();
  }

  private firstBlockOf(file: ListedFile): Promise<Buffer> {
    let block = this.firstBlocks.get(file.name);
    if (block === undefined) {
      block = this.read(file, 0, BLOCK_BYTES);
      // It may never be needed, when another process goes on with the partition.
      block.catch(() => undefined);
      this.firstBlocks.set(file.name, block);
    }
    return block;
  }

  private readonly read = (file: ListedFile, from: number, maxBytes: number): Promise<Buffer> => {
    const { name, at } = file;
    const operation = at.kind === "local" ? "open" : "s3:GetObject";
    const { maxRetryDurationMs } = this.settings;
    return keepTrying({ operation, name }, () => this.store.read(file, from, maxBytes), maxRetryDurationMs);
  };
}

/** The run's readers of these files. */
export function sharedPartitionReaders(shared: Shared, settings: FilesReadSettings): PartitionReaders {
  const key = createHash("sha256").update(JSON.stringify(settings)).digest("hex");
  return shared.get(
    `partition readers ${key}`,
    () => new PartitionReaders(settings, sharedStore(shared, settings.s3)),
    (readers) => readers.close(),
  );
}
