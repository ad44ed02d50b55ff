/**
 * Gathers a bundle's values into fragments, which authoring/fragments.ts defines.
 *
 * 1. A key has one open fragment. It is emitted when a value's window does not overlap it, or when a value does not
 *    fit. That suffices for values in order of time; other orders only make more fragments.
 * 2. At most `MAX_OPEN` fragments and `MAX_HELD_BYTES` are held. When there are more, all are emitted.
 * 3. Nothing is kept beyond the bundle.
 */
import { Writer } from "protobufjs";
import type { AnyDefinition } from "../authoring/definitions";
import type { FragmentsInstance } from "../authoring/fragments";
import { type Coder, CoderContext, PipelineContext, runnerApi, type TransformProto } from "../sdk";
import { type IntervalWindow, maxTimestampMs, NO_FIRING, type WindowedValue } from "../values";
import type { Operator, Processed, Receiver, StageEnvironment } from "./contract";
import { DefinedTransform } from "./opening";
import { onlyOutput } from "./outputs";
import { Waits } from "./waits";

const MAX_OPEN = 20_000;
/** Limit as `sizeBytes` counts. The objects take several times as much memory. */
const MAX_HELD_BYTES = 8 * 1024 * 1024;
/** Memory of a byte by `sizeBytes`, rather too much: letters have up to two bytes there. */
const IN_MEMORY = 2;
/** Memory of a fragment besides its values. */
const EMPTY_BYTES = 48;
const SESSION_WINDOWS_URN = "beam:window_fn:session_windows:v1";

interface Open {
  readonly key: unknown;
  fragment: unknown;
  startMs: number;
  endMs: number;
  values: number;
  bytes: number;
}

export class FragmentOperator implements Operator {
  private readonly defined: DefinedTransform<AnyDefinition>;
  /** Set in `setup`. */
  private fn!: FragmentsInstance<unknown, unknown, unknown>;
  private readonly receiver: Receiver;
  private readonly keyCoder: Coder<unknown>;
  private readonly merges: boolean;
  private readonly waits = new Waits();
  private open = new Map<string, Open>();
  private heldBytes = 0;

  constructor(transformId: string, transform: TransformProto, environment: StageEnvironment) {
    this.defined = new DefinedTransform(transformId, transform, environment);
    this.receiver = onlyOutput(transform, environment);
    const { components } = environment;
    const input = components.pcollections[Object.values(transform.inputs)[0] ?? ""];
    const output = components.pcollections[Object.values(transform.outputs)[0] ?? ""];
    const keyCoderId = components.coders[output?.coderId ?? ""]?.componentCoderIds[0];
    if (keyCoderId === undefined) throw new Error("Fragments must be encoded as key and value.");
    this.keyCoder = new PipelineContext(components, "").getCoder(keyCoderId);
    const strategy = components.windowingStrategies[input?.windowingStrategyId ?? ""];
    if (strategy?.outputTime !== runnerApi.OutputTime_Enum.END_OF_WINDOW) {
      throw new Error("Fragments need a windowing whose output time is the end of the window.");
    }
    this.merges = strategy.windowFn?.urn === SESSION_WINDOWS_URN;
  }

  setup(): void | Promise<void> {
    return this.defined.open((fn: typeof this.fn) => (this.fn = fn));
  }

  process(element: WindowedValue<unknown>): Processed {
    const { value } = element;
    const key = this.fn.keyOf(value);
    const bytes = this.fn.sizeBytes(value);
    for (const window of element.windows) this.gather(key, value, bytes, window);
    if (this.open.size > MAX_OPEN || this.heldBytes > MAX_HELD_BYTES) this.emitAll();
    return this.waits.take();
  }

  finish(): Processed {
    this.emitAll();
    return this.waits.take();
  }

  teardown(): void | Promise<void> {
    return (this.fn as FragmentsInstance<unknown, unknown, unknown> | undefined)?.close?.();
  }

  private gather(key: unknown, value: unknown, bytes: number, window: IntervalWindow): void {
    const { fn } = this;
    const id = this.merges ? this.idOf(key) : `${window.startMs}/${window.endMs}/${this.idOf(key)}`;
    const open = this.open.get(id);
    if (open !== undefined && this.hasRoom(open, bytes) && overlap(open, window)) {
      open.fragment = fn.add(open.fragment, value);
      open.startMs = Math.min(open.startMs, window.startMs);
      open.endMs = Math.max(open.endMs, window.endMs);
      open.values++;
      open.bytes += bytes;
    } else {
      if (open !== undefined) this.emit(open);
      this.open.set(id, { key, fragment: fn.create(value), ...window, values: 1, bytes });
    }
    this.heldBytes += bytes;
  }

  private hasRoom({ values, bytes }: Open, moreBytes: number): boolean {
    return values < this.fn.maxValues && bytes + moreBytes <= this.fn.maxBytes;
  }

  private emitAll(): void {
    const { open } = this;
    this.open = new Map();
    for (const one of open.values()) this.emit(one);
  }

  private emit({ key, fragment, startMs, endMs, bytes }: Open): void {
    this.heldBytes -= bytes;
    const window = { startMs, endMs };
    this.send(key, fragment, window, bytes);
    const { weight } = this.fn;
    if (weight === undefined) return;
    for (let left = bytes - weight.bytesPerElement; left > 0; left -= weight.bytesPerElement) {
      this.send(key, weight.empty, window, 0);
    }
  }

  /** `ownBytes` is by `sizeBytes`. */
  private send(key: unknown, fragment: unknown, window: IntervalWindow, ownBytes: number): void {
    this.waits.add(
      this.receiver.receive({
        value: { key, value: fragment },
        timestampMs: maxTimestampMs(window),
        windows: [window],
        pane: NO_FIRING,
        bytes: IN_MEMORY * ownBytes + EMPTY_BYTES,
      }),
    );
  }

  /** Identifies a key by its encoded bytes. */
  private idOf(key: unknown): string {
    if (typeof key === "string") return key;
    const writer = new Writer();
    this.keyCoder.encode(key, writer, CoderContext.wholeStream);
    return Buffer.from(writer.finish()).toString("latin1");
  }
}

/** Windows are half-open: windows that only touch do not overlap, as when Beam merges sessions. */
function overlap(one: IntervalWindow, other: IntervalWindow): boolean {
  return one.startMs < other.endMs && other.startMs < one.endMs;
}
