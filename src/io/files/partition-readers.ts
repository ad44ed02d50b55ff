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
/** A partition that was not resumed for so long is read elsewhere. */
const MAX_PARKED_MS = 5 * 60_000;

interface Parked {
  readonly split: number;
  readonly reading: SplitReading;
  readonly sinceMs: number;
}

export class PartitionReaders {
  private readonly splits: readonly Split[];
  private readonly ofPartitions = new Map<number, readonly Split[]>();
  private readonly parked = new Map<number, Parked>();
  private readonly firstBlocks = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly settings: FilesReadSettings,
    private readonly store: FileStore,
    private readonly now: () => number = Date.now,
  ) {
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
    await this.closeOld();
    const parked = this.parked.get(partition);
    this.parked.delete(partition);
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
    this.parked.set(partition, { split, reading, sinceMs: this.now() });
  }

  async close(): Promise<void> {
    for (const { reading } of this.parked.values()) await reading.close();
    this.parked.clear();
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

  private async closeOld(): Promise<void> {
    for (const [partition, { reading, sinceMs }] of this.parked) {
      if (this.now() - sinceMs <= MAX_PARKED_MS) continue;
      this.parked.delete(partition);
      await reading.close();
    }
  }
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
