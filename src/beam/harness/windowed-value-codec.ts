/**
 * Encodes and decodes Beam's `windowed_value:v1` on plain numbers: timestamp, windows, pane, then the element
 * (beam_runner_api.proto, StandardCoders.WINDOWED_VALUE). The SDK's own coder makes several objects per timestamp.
 */
import type { Reader } from "protobufjs";
import { type Coder, CoderContext, type ComponentsProto } from "../sdk";
import { PipelineContext } from "../sdk/fn-api";
import { GLOBAL_WINDOW, type IntervalWindow, type Pane, type WindowedValue } from "../values";
import { BeamError } from "../error";
import type { EagerWriter } from "./eager-writer";
import { INSTANT_BYTES, readInstant, writeInstant } from "./instants";
import { MAX_PANE_BYTES, readPane, writePane } from "./panes";
import { readVarint, writeVarint } from "./varint";

export type WindowKind = "global" | "interval";

const COUNT_BYTES = 4;
/** An interval window is an instant and the duration before it. */
const MAX_WINDOW_BYTES = INSTANT_BYTES + 10;
const GLOBAL_WINDOWS: readonly IntervalWindow[] = Object.freeze([GLOBAL_WINDOW]);

export class WindowedValueCodec {
  /** The bytes of the latest header, and the fields that they encode. */
  private header = Buffer.allocUnsafeSlow(headerBytes(1));
  private headerLength = 0;
  private lastTimestampMs = NaN;
  private lastWindows: readonly IntervalWindow[] = [];
  private lastPane: Pane | undefined;

  constructor(
    private readonly element: Coder<unknown>,
    private readonly windows: WindowKind,
  ) {}

  encode(element: WindowedValue<unknown>, writer: EagerWriter): void {
    const { timestampMs, windows, pane } = element;
    // All outputs of one input share timestamp, windows and pane, so caching the last header pays off.
    if (timestampMs !== this.lastTimestampMs || windows !== this.lastWindows || pane !== this.lastPane) {
      this.writeHeader(element);
    }
    writer.raw(this.header, this.headerLength);
    this.element.encode(element.value, writer, CoderContext.needsDelimiters);
  }

  /** Reads an element. Throws a RangeError when the bytes end too early, and whatever the element's coder throws. */
  decode(reader: Reader): WindowedValue<unknown> {
    const timestampMs = readInstant(reader.buf, reader.pos);
    reader.pos += INSTANT_BYTES;
    const windows = this.readWindows(reader);
    const pane = readPane(reader);
    return { value: this.element.decode(reader, CoderContext.needsDelimiters), timestampMs, windows, pane };
  }

  private writeHeader({ timestampMs, windows, pane }: WindowedValue<unknown>): void {
    const maxBytes = headerBytes(windows.length);
    if (maxBytes > this.header.length) this.header = Buffer.allocUnsafeSlow(maxBytes);
    const { header } = this;
    let position = writeInstant(timestampMs, header, 0);
    position = header.writeInt32BE(windows.length, position);
    if (this.windows === "interval") {
      for (const window of windows) position = writeWindow(window, header, position);
    }
    this.headerLength = writePane(pane, header, position);
    this.lastTimestampMs = timestampMs;
    this.lastWindows = windows;
    this.lastPane = pane;
  }

  private readWindows(reader: Reader): readonly IntervalWindow[] {
    const { buf, pos } = reader;
    const count = (buf[pos]! << 24) | (buf[pos + 1]! << 16) | (buf[pos + 2]! << 8) | buf[pos + 3]!;
    reader.pos += COUNT_BYTES;
    if (this.windows === "global" && count === 1) return GLOBAL_WINDOWS;
    const bytesEach = this.windows === "global" ? 1 : INSTANT_BYTES + 1;
    // The count is checked before anything is allocated, because a wrong count may be huge.
    if (count < 0 || count * bytesEach > reader.len - reader.pos) {
      throw new RangeError(`An element in the data has ${count} windows.`);
    }
    const windows: IntervalWindow[] = [];
    for (let index = 0; index < count; index++) {
      windows.push(this.windows === "global" ? GLOBAL_WINDOW : readWindow(reader));
    }
    return windows;
  }
}

function headerBytes(windows: number): number {
  return INSTANT_BYTES + COUNT_BYTES + windows * MAX_WINDOW_BYTES + MAX_PANE_BYTES;
}

/**
 * Returns the codec of a data port's coder. Throws PIPELINE for a coder that is not one of windowed values, or has
 * unknown windows.
 */
export function codecOf(coderId: string, components: ComponentsProto): WindowedValueCodec {
  const proto = components.coders[coderId];
  const [elementId, windowId] = proto?.componentCoderIds ?? [];
  if (proto?.spec?.urn !== "beam:coder:windowed_value:v1" || elementId === undefined || windowId === undefined) {
    throw new BeamError(
      "PIPELINE",
      `The runner sends data with the coder ${proto?.spec?.urn}, which is not known here.`,
    );
  }
  return new WindowedValueCodec(elementCoder(elementId, components), windowKind(windowId, components));
}

/** Returns the codec of a PCollection's elements, made from its own coder and windowing. */
export function collectionCodec(pcollectionId: string, components: ComponentsProto): WindowedValueCodec {
  const collection = components.pcollections[pcollectionId];
  const strategy = components.windowingStrategies[collection?.windowingStrategyId ?? ""];
  if (collection === undefined || strategy === undefined) {
    throw new BeamError("PIPELINE", `The PCollection ${pcollectionId} is not part of the bundle's descriptor.`);
  }
  const kind = windowKind(strategy.windowCoderId, components);
  return new WindowedValueCodec(elementCoder(collection.coderId, components), kind);
}

export function elementCoder(coderId: string, components: ComponentsProto): Coder<unknown> {
  return new PipelineContext(components, "").getCoder(coderId);
}

export function windowKind(coderId: string, components: ComponentsProto): WindowKind {
  const urn = components.coders[coderId]?.spec?.urn;
  if (urn === "beam:coder:global_window:v1") return "global";
  if (urn === "beam:coder:interval_window:v1") return "interval";
  throw new BeamError("PIPELINE", `The runner sends windows with the coder ${urn}, which is not known here.`);
}

/** Encodes one window as Beam's window coders do. */
export function encodeWindow(window: IntervalWindow, kind: WindowKind): Uint8Array {
  if (kind === "global") return new Uint8Array();
  const bytes = Buffer.allocUnsafe(MAX_WINDOW_BYTES);
  return bytes.subarray(0, writeWindow(window, bytes, 0));
}

function readWindow(reader: Reader): IntervalWindow {
  const endMs = readInstant(reader.buf, reader.pos);
  reader.pos += INSTANT_BYTES;
  return { startMs: endMs - readVarint(reader), endMs };
}

function writeWindow({ startMs, endMs }: IntervalWindow, bytes: Uint8Array, start: number): number {
  return writeVarint(endMs - startMs, bytes, writeInstant(endMs, bytes, start));
}
