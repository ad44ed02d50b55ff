import type { Reader, Writer } from "protobufjs";
import { compactCoder, MIN_TIMESTAMP_MS } from "../../beam";
import { readMs, writeMs } from "../../chat/coders/fields";
import { type KinesisReadSettings, startTimeMs } from "./settings";

/**
 * Progress of reading a shard. `after`: that record and all before it are done. `within`: of that aggregated record,
 * the user records up to this sub-sequence number are done, and there are more. The two others mean that no record has
 * been taken yet.
 */
export type ShardPosition =
  | { readonly kind: "horizon" }
  | { readonly kind: "timestamp"; readonly atMs: number }
  | { readonly kind: "after"; readonly sequenceNumber: string }
  | { readonly kind: "within"; readonly sequenceNumber: string; readonly subSequenceNumber: number };

export interface ShardCursor {
  readonly shardId: string;
  readonly position: ShardPosition;
  /** This shard's own watermark; kept, because a minimum over shards needs those that are silent just now. */
  readonly watermarkMs: number;
}

/** The shards of one lineage that are being read. Without any, the lineage is done. */
export interface LineageRestriction {
  readonly cursors: readonly ShardCursor[];
  readonly untilMs?: number;
}

export function startOfLineage(
  rootShardId: string,
  { start, untilMs }: Pick<KinesisReadSettings, "start" | "untilMs">,
): LineageRestriction {
  const atMs = startTimeMs(start);
  const position: ShardPosition = atMs === undefined ? { kind: "horizon" } : { kind: "timestamp", atMs };
  return {
    cursors: [{ shardId: rootShardId, position, watermarkMs: MIN_TIMESTAMP_MS }],
    ...(untilMs === undefined ? {} : { untilMs }),
  };
}

export function samePosition(a: ShardPosition, b: ShardPosition): boolean {
  switch (a.kind) {
    case "horizon":
      return b.kind === "horizon";
    case "timestamp":
      return b.kind === "timestamp" && a.atMs === b.atMs;
    case "after":
      return b.kind === "after" && a.sequenceNumber === b.sequenceNumber;
    case "within":
      return (
        b.kind === "within" && a.sequenceNumber === b.sequenceNumber && a.subSequenceNumber === b.subSequenceNumber
      );
  }
}

/** Indices are the wire format: append only. */
const POSITION_KINDS = ["horizon", "timestamp", "after", "within"] as const satisfies ShardPosition["kind"][];

export const lineageRestrictionCoder = compactCoder<LineageRestriction>("beam-chat-sessions:coder:kinesis_lineage", 1, {
  write({ cursors, untilMs }, writer) {
    writer.bool(untilMs !== undefined);
    if (untilMs !== undefined) writeMs(untilMs, writer);
    writer.uint32(cursors.length);
    for (const { shardId, position, watermarkMs } of cursors) {
      writer.string(shardId);
      writePosition(position, writer);
      writeMs(watermarkMs, writer);
    }
  },
  read(reader) {
    const untilMs = reader.bool() ? readMs(reader) : undefined;
    const cursors = Array.from({ length: reader.uint32() }, () => ({
      shardId: reader.string(),
      position: readPosition(reader),
      watermarkMs: readMs(reader),
    }));
    return { cursors, ...(untilMs === undefined ? {} : { untilMs }) };
  },
});

function writePosition(position: ShardPosition, writer: Writer): void {
  writer.uint32(POSITION_KINDS.indexOf(position.kind));
  if (position.kind === "timestamp") writeMs(position.atMs, writer);
  if (position.kind === "after" || position.kind === "within") writer.string(position.sequenceNumber);
  if (position.kind === "within") writer.uint32(position.subSequenceNumber);
}

function readPosition(reader: Reader): ShardPosition {
  const kind = POSITION_KINDS[reader.uint32()];
  if (kind === undefined) throw new Error("A Kinesis restriction holds a position of an unknown kind: it is damaged.");
  switch (kind) {
    case "horizon":
      return { kind };
    case "timestamp":
      return { kind, atMs: readMs(reader) };
    case "after":
      return { kind, sequenceNumber: reader.string() };
    case "within":
      return { kind, sequenceNumber: reader.string(), subSequenceNumber: reader.uint32() };
  }
}
