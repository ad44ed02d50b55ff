/**
 * Beam's `windowed_value:v1` on plain numbers: timestamp, windows, pane, then the element (beam_runner_api.proto,
 * StandardCoders.WINDOWED_VALUE). The SDK's own coder makes several objects per timestamp.
 */
import type { Reader, Writer } from "protobufjs";
import { type Coder, CoderContext, type ComponentsProto } from "../sdk";
import { PipelineContext } from "../sdk-fn-api";
import { GLOBAL_WINDOW, type IntervalWindow, type Pane, type PaneTiming, type WindowedValue } from "../values";
import { JobError } from "../../errors";
import { fromBeamMs, toBeamMs } from "./instants";

const TIMINGS: readonly PaneTiming[] = ["EARLY", "ON_TIME", "LATE", "UNKNOWN"];
/** Instants are shifted by 2^63, so that their bytes sort as the instants do. */
const SHIFT = 1n << 63n;
const HEADER_BYTES = 64;

interface RawWriter extends Writer {
  _push(
    write: (value: Uint8Array, buffer: Uint8Array, position: number) => void,
    length: number,
    value: Uint8Array,
  ): Writer;
}

function copyBytes(value: Uint8Array, buffer: Uint8Array, position: number): void {
  buffer.set(value, position);
}

export class WindowedValueCodec {
  private lastHeader: { readonly element: WindowedValue<unknown>; readonly bytes: Uint8Array } | undefined;

  constructor(
    private readonly element: Coder<unknown>,
    private readonly windows: "global" | "interval",
  ) {}

  encode(value: WindowedValue<unknown>, writer: Writer): void {
    const header = this.headerOf(value);
    (writer as RawWriter)._push(copyBytes, header.length, header);
    this.element.encode(value.value, writer, CoderContext.needsDelimiters);
  }

  decode(reader: Reader): WindowedValue<unknown> {
    const view = viewOf(reader);
    const timestampMs = readInstant(view, reader);
    const count = view.getInt32(reader.pos);
    reader.pos += 4;
    const windows: IntervalWindow[] = [];
    for (let index = 0; index < count; index++) windows.push(this.readWindow(view, reader));
    const pane = readPane(reader);
    return { timestampMs, windows, pane, value: this.element.decode(reader, CoderContext.needsDelimiters) };
  }

  /** Elements of one input share time, windows and pane, so the last header is worth keeping. */
  private headerOf(value: WindowedValue<unknown>): Uint8Array {
    const last = this.lastHeader;
    if (
      last !== undefined &&
      last.element.timestampMs === value.timestampMs &&
      last.element.windows === value.windows &&
      last.element.pane === value.pane
    ) {
      return last.bytes;
    }
    const bytes = this.writeHeader(value);
    this.lastHeader = { element: { ...value, value: undefined }, bytes };
    return bytes;
  }

  private writeHeader({ timestampMs, windows, pane }: WindowedValue<unknown>): Uint8Array {
    const buffer = Buffer.allocUnsafe(HEADER_BYTES + windows.length * 24);
    let position = writeInstant(timestampMs, buffer, 0);
    position = buffer.writeInt32BE(windows.length, position);
    if (this.windows === "interval") {
      for (const window of windows) position = writeWindow(window, buffer, position);
    }
    position = writePane(pane, buffer, position);
    return buffer.subarray(0, position);
  }

  private readWindow(view: DataView, reader: Reader): IntervalWindow {
    if (this.windows === "global") return GLOBAL_WINDOW;
    const endMs = readInstant(view, reader);
    return { startMs: endMs - Number(readVarint(reader)), endMs };
  }
}

/** The codec of a data port's coder. Throws PIPELINE for a coder that is none of windowed values, or unknown windows. */
export function codecOf(coderId: string, components: ComponentsProto): WindowedValueCodec {
  const proto = components.coders[coderId];
  const [elementId, windowId] = proto?.componentCoderIds ?? [];
  if (proto?.spec?.urn !== "beam:coder:windowed_value:v1" || elementId === undefined || windowId === undefined) {
    throw new JobError(
      "PIPELINE",
      `The runner sends data with the coder ${proto?.spec?.urn}, which is not known here.`,
    );
  }
  return new WindowedValueCodec(elementCoder(elementId, components), windowKind(windowId, components));
}

export function elementCoder(coderId: string, components: ComponentsProto): Coder<unknown> {
  return new PipelineContext(components, "").getCoder(coderId);
}

/** Runners may wrap a coder that they do not know in a length prefix. */
export function windowKind(coderId: string, components: ComponentsProto): "global" | "interval" {
  const urn = components.coders[coderId]?.spec?.urn;
  if (urn === "beam:coder:global_window:v1") return "global";
  if (urn === "beam:coder:interval_window:v1") return "interval";
  throw new JobError("PIPELINE", `The runner sends windows with the coder ${urn}, which is not known here.`);
}

/** One window as Beam's window coders write it. */
export function encodeWindow(window: IntervalWindow, kind: "global" | "interval"): Uint8Array {
  if (kind === "global") return new Uint8Array();
  const buffer = Buffer.allocUnsafe(24);
  return buffer.subarray(0, writeWindow(window, buffer, 0));
}

function writeWindow(window: IntervalWindow, buffer: Buffer, start: number): number {
  const position = writeInstant(window.endMs, buffer, start);
  return writeVarint(BigInt(window.endMs - window.startMs), buffer, position);
}

function viewOf(reader: Reader): DataView {
  const { buf } = reader;
  return new DataView(buf.buffer, buf.byteOffset, buf.byteLength);
}

function readInstant(view: DataView, reader: Reader): number {
  const shifted = view.getBigUint64(reader.pos);
  reader.pos += 8;
  return fromBeamMs(shifted - SHIFT);
}

function writeInstant(ms: number, buffer: Buffer, position: number): number {
  return buffer.writeBigUInt64BE(toBeamMs(ms) + SHIFT, position);
}

export function readVarint(reader: Reader): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = reader.buf[reader.pos++]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

export function writeVarint(value: bigint, buffer: Buffer, start: number): number {
  let position = start;
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    buffer[position++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  buffer[position++] = Number(rest);
  return position;
}

/** Low nibble: first, last, timing; high nibble: how many indices follow (PaneInfo in beam_runner_api.proto). */
function readPane(reader: Reader): Pane {
  const header = reader.buf[reader.pos++]!;
  const timing = TIMINGS[(header >> 2) & 3]!;
  const indices = header >> 4;
  const index = indices > 0 ? Number(readVarint(reader)) : 0;
  const derived = timing === "EARLY" ? -1 : index;
  const nonSpeculativeIndex = indices > 1 ? Number(BigInt.asIntN(64, readVarint(reader))) : derived;
  return { timing, index, nonSpeculativeIndex, isFirst: (header & 1) !== 0, isLast: (header & 2) !== 0 };
}

function writePane(pane: Pane, buffer: Buffer, start: number): number {
  const plain = (pane.index === 0 && pane.nonSpeculativeIndex === 0) || pane.timing === "UNKNOWN";
  const one = pane.index === pane.nonSpeculativeIndex || pane.timing === "EARLY";
  const indices = plain ? 0 : one ? 1 : 2;
  const low = (pane.isFirst ? 1 : 0) | (pane.isLast ? 2 : 0) | (TIMINGS.indexOf(pane.timing) << 2);
  let position = buffer.writeUInt8(low | (indices << 4), start);
  if (indices > 0) position = writeVarint(BigInt(pane.index), buffer, position);
  if (indices > 1) position = writeVarint(BigInt(pane.nonSpeculativeIndex), buffer, position);
  return position;
}
