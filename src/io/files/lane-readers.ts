/**
 * The readings of a run's lanes in one process, which outlive bundles: what was fetched and opened goes on in the next
 * bundle, and a compressed file is not opened from its beginning again and again.
 *
 * 1. A lane has at most one reading, which is either leased or parked.
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
import { type Unit, unitsOf, unitsOfLane } from "./plan";
import type { LaneRestriction } from "./restriction";
import type { FilesReadSettings, ListedFile } from "./settings";
import { UnitReading } from "./unit-reading";

/** First blocks fetched ahead, so that many small objects do not cost a round trip each. */
const FILES_AHEAD = 4;
/** A lane that was not resumed for so long is read elsewhere. */
const MAX_PARKED_MS = 5 * 60_000;

interface Parked {
  readonly unit: number;
  readonly reading: UnitReading;
  readonly sinceMs: number;
}

export class LaneReaders {
  private readonly units: readonly Unit[];
  private readonly ofLanes = new Map<number, readonly Unit[]>();
  private readonly parked = new Map<number, Parked>();
  private readonly firstBlocks = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly settings: FilesReadSettings,
    private readonly store: FileStore,
    private readonly now: () => number = Date.now,
  ) {
    this.units = unitsOf(unpacked(settings.files), settings.lanes);
  }

  unitsOf(lane: number): readonly Unit[] {
    let own = this.ofLanes.get(lane);
    if (own === undefined) this.ofLanes.set(lane, (own = unitsOfLane(this.units, lane, this.settings.lanes)));
    return own;
  }

  /** The reading that stands where the restriction does: the parked one, or a new one. */
  async lease(lane: number, { unit, offset, line }: LaneRestriction): Promise<UnitReading> {
    await this.closeOld();
    const parked = this.parked.get(lane);
    this.parked.delete(lane);
    if (parked?.unit === unit && parked.reading.position.offset === offset) return parked.reading;
    await parked?.reading.close();
    const units = this.unitsOf(lane);
    for (const { file, from } of units.slice(unit + 1, unit + 1 + FILES_AHEAD))
      if (from === 0) void this.firstBlockOf(file);
    const own = units[unit]!;
    const position = { offset, line };
    const first = (): Promise<Buffer> => {
      const block = this.firstBlockOf(own.file);
      this.firstBlocks.delete(own.file.name);
      return block;
    };
    return new UnitReading(own, position, await openContent(own, position, this.settings.form, this.read, first));
  }

  park(lane: number, unit: number, reading: UnitReading): void {
    this.parked.set(lane, { unit, reading, sinceMs: this.now() });
  }

  async close(): Promise<void> {
    for (const { reading } of this.parked.values()) await reading.close();
    this.parked.clear();
  }

  private firstBlockOf(file: ListedFile): Promise<Buffer> {
    let block = this.firstBlocks.get(file.name);
    if (block === undefined) {
      block = this.read(file, 0, BLOCK_BYTES);
      // It may never be needed, when another process goes on with the lane.
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
    for (const [lane, { reading, sinceMs }] of this.parked) {
      if (this.now() - sinceMs <= MAX_PARKED_MS) continue;
      this.parked.delete(lane);
      await reading.close();
    }
  }
}

/** The run's readers of these files. */
export function sharedLaneReaders(shared: Shared, settings: FilesReadSettings): LaneReaders {
  const key = createHash("sha256").update(JSON.stringify(settings)).digest("hex");
  return shared.get(
    `lane readers ${key}`,
    () => new LaneReaders(settings, sharedStore(shared, settings.s3)),
    (readers) => readers.close(),
  );
}
