/**
 * Runs a synchronous DoFn.
 *
 * 1. An element in several windows is processed once for each.
 * 2. `emit` refers to the element whose synchronous `process` is on the stack. The DoFn must not keep it for later.
 */
import type { EmitWindowed, Outputs } from "../authoring/contract";
import type { AnyDefinition } from "../authoring/definitions";
import type { DoFnInstance } from "../authoring/do-fn";
import { UsageError } from "../error";
import type { TransformProto } from "../sdk";
import { type IntervalWindow, NO_FIRING, type WindowedValue } from "../values";
import type { Operator, Processed, StageEnvironment } from "./contract";
import { requireNoPromise } from "./no-promise";
import { DefinedTransform } from "./opening";
import { OutputReceivers } from "./outputs";
import { Waits } from "./waits";

export class TaggedOperator implements Operator {
  private readonly defined: DefinedTransform<AnyDefinition>;
  /** Set in `setup`. */
  private fn!: DoFnInstance<unknown, Outputs>;
  private readonly outputs: OutputReceivers;
  private readonly waits = new Waits();
  private current: WindowedValue<unknown> | undefined;

  constructor(transformId: string, transform: TransformProto, environment: StageEnvironment) {
    this.defined = new DefinedTransform(transformId, transform, environment);
    this.outputs = new OutputReceivers(transform, environment);
  }

  setup(): void | Promise<void> {
    return this.defined.open((fn: typeof this.fn) => (this.fn = fn));
  }

  start(): void {
    requireNoPromise("startBundle", this.fn.startBundle?.());
  }

  process(element: WindowedValue<unknown>): Processed {
    const { windows } = element;
    if (windows.length === 1) {
      this.processIn(windows[0] as IntervalWindow, element);
    } else {
      for (const window of windows) this.processIn(window, { ...element, windows: [window] });
    }
    return this.waits.take();
  }

  finish(): Processed {
    requireNoPromise("finishBundle", this.fn.finishBundle?.(this.emitWindowed));
    return this.waits.take();
  }

  teardown(): void | Promise<void> {
    return (this.fn as DoFnInstance<unknown, Outputs> | undefined)?.close?.();
  }

  private processIn(window: IntervalWindow, element: WindowedValue<unknown>): void {
    this.current = element;
    try {
      const context = { timestampMs: element.timestampMs, window, pane: element.pane };
      requireNoPromise("process", this.fn.process(element.value, this.emit, context));
    } catch (error) {
      this.waits.discard();
      throw error;
    } finally {
      this.current = undefined;
    }
  }

  private readonly emit = (tag: string, value: unknown, timestampMs?: number): Processed => {
    const { current } = this;
    if (current === undefined)
      throw new UsageError("A synchronous DoFn emitted after its process method had returned.");
    const processed = this.outputs.emit(tag, value, timestampMs ?? current.timestampMs, current.windows, current.pane);
    this.waits.add(processed);
    return processed;
  };

  private readonly emitWindowed: EmitWindowed<Outputs> = (tag, value, timestampMs, window) => {
    const processed = this.outputs.emit(tag, value, timestampMs, [window], NO_FIRING);
    this.waits.add(processed);
    return processed;
  };
}
