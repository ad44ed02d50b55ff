/**
 * Combines the values of a bundle per key and window before they are shuffled.
 *
 * 1. At most `MAX_GROUPS` accumulators are kept, made from inputs of at most `MAX_INPUT_BYTES`. When there are more,
 *    all are emitted.
 * 2. Nothing is kept beyond the bundle.
 * 3. An accumulator is emitted with its window's last timestamp. That is right because the SDK lifts a combine only
 *    when the timestamp combiner is the end of the window, and only over windows that do not merge.
 */
import { Writer } from "protobufjs";
import { type Coder, CoderContext, PipelineContext, type TransformProto } from "../sdk";
import { type IntervalWindow, type KV, maxTimestampMs, NO_FIRING, type WindowedValue } from "../values";
import { type CombineFn, combineFnOf } from "./combine";
import type { Operator, Processed, Receiver, StageEnvironment } from "./contract";
import { onlyOutput } from "./outputs";
import { roughBytes } from "./rough-bytes";
import { Waits } from "./waits";

/** The limit of the SDK's own worker. An accumulator rarely exceeds a few hundred bytes. */
const MAX_GROUPS = 10_000;
/**
 * An accumulator that collects its inputs grows with them. Their size is counted instead of its own, which would have
 * to be looked at whole for each input.
 */
const MAX_INPUT_BYTES = 8 * 1024 * 1024;

interface Group {
  readonly key: unknown;
  readonly window: IntervalWindow;
  accumulator: unknown;
}

export class CombinePrecombineOperator implements Operator {
  private readonly combineFn: CombineFn;
  private readonly keyCoder: Coder<unknown>;
  private readonly receiver: Receiver;
  private groups = new Map<string, Group>();
  private inputBytes = 0;

  constructor(_transformId: string, transform: TransformProto, environment: StageEnvironment) {
    this.combineFn = combineFnOf(transform);
    this.receiver = onlyOutput(transform, environment);
    const { components } = environment;
    const input = components.pcollections[Object.values(transform.inputs)[0] ?? ""];
    const keyCoderId = components.coders[input?.coderId ?? ""]?.componentCoderIds[0];
    if (keyCoderId === undefined) throw new Error("The input of a combine must be encoded as key and value.");
    this.keyCoder = new PipelineContext(components, "").getCoder(keyCoderId);
  }

  process(element: WindowedValue<unknown>): Processed {
    const { key, value } = element.value as KV<unknown, unknown>;
    const encodedKey = this.encode(key);
    for (const window of element.windows) {
      const id = `${window.startMs}/${window.endMs}/${encodedKey}`;
      let group = this.groups.get(id);
      if (group === undefined) {
        group = { key, window, accumulator: this.combineFn.createAccumulator() };
        this.groups.set(id, group);
      }
      group.accumulator = this.combineFn.addInput(group.accumulator, value);
    }
    this.inputBytes += roughBytes(value) * element.windows.length;
    return this.groups.size > MAX_GROUPS || this.inputBytes > MAX_INPUT_BYTES ? this.finish() : undefined;
  }

  finish(): Processed {
    const { groups } = this;
    this.groups = new Map();
    this.inputBytes = 0;
    const waits = new Waits();
    for (const { key, window, accumulator } of groups.values()) {
      const timestampMs = maxTimestampMs(window);
      waits.add(
        this.receiver.receive({ value: { key, value: accumulator }, timestampMs, windows: [window], pane: NO_FIRING }),
      );
    }
    return waits.take();
  }

  private encode(key: unknown): string {
    const writer = new Writer();
    this.keyCoder.encode(key, writer, CoderContext.wholeStream);
    return Buffer.from(writer.finish()).toString("latin1");
  }
}
