/**
 * Runs a DoFn written for the SDK, which includes `map` and `flatMap`.
 *
 * 1. Its methods are synchronous. An iterable that they return is consumed before the next element.
 * 2. A DoFn without context cannot tell windows apart, so it processes an element in several windows once.
 */
import { UsageError } from "../error";
import type { SdkDoFn, SdkWindowedValue, TransformProto } from "../sdk";
import { fromSdkInstant, fromSdkPane, fromSdkWindow } from "../sdk/values";
import type { IntervalWindow, WindowedValue } from "../values";
import { parDoPayload } from "../sdk/par-do";
import type { Operator, Processed, Receiver, StageEnvironment } from "./contract";
import { deserializeDoFn, onlyOutput } from "./outputs";
import { requireNoPromise } from "./no-promise";
import { NO_SIDE_INPUTS, SdkContext, type SideInputValues } from "./sdk-context";
import { sideInputWindowMapping } from "./side-input-windows";
import { Waits } from "./waits";

interface Payload {
  readonly doFn: SdkDoFn<unknown, unknown, unknown>;
  readonly context?: unknown;
}

export class SdkParDoOperator implements Operator {
  private readonly doFn: SdkDoFn<unknown, unknown, unknown>;
  private readonly context: SdkContext;
  private readonly receiver: Receiver;
  private readonly waits = new Waits();

  constructor(transformId: string, transform: TransformProto, environment: StageEnvironment) {
    const { doFn, context } = deserializeDoFn<Payload>(transform);
    this.doFn = doFn;
    this.receiver = onlyOutput(transform, environment);
    const mappings = new Map(
      Object.entries(parDoPayload(transform).sideInputs).map(([id, sideInput]) => [
        id,
        sideInputWindowMapping(id, sideInput, transform, environment.components),
      ]),
    );
    this.context = new SdkContext(context, environment.metricsOf(transformId), (id, window) => {
      const mapping = mappings.get(id);
      if (mapping === undefined) throw new UsageError(`The transform has no side input "${id}".`);
      return environment.sideInputs.read(transformId, id, mapping(window));
    });
  }

  start(): void {
    this.context.startBundle();
    requireNoPromise("startBundle", this.doFn.startBundle?.(this.context.forDoFn));
  }

  process(element: WindowedValue<unknown>): Processed {
    if (!this.context.observesWindow) return this.run(element, NO_SIDE_INPUTS);
    const { windows } = element;
    if (windows.length === 1) return this.processIn(windows[0] as IntervalWindow, element);
    return this.processInEach(element);
  }

  finish(): Processed {
    const outputs = this.doFn.finishBundle?.(this.context.forDoFn);
    requireNoPromise("finishBundle", outputs);
    if (!outputs) return undefined;
    for (const output of outputs) this.waits.add(this.receiver.receive(fromSdkWindowedValue(output)));
    return this.waits.take();
  }

  private processIn(window: IntervalWindow, element: WindowedValue<unknown>): Processed {
    const sideInputs = this.context.prepare(window);
    if (!(sideInputs instanceof Promise)) return this.run(element, sideInputs);
    return sideInputs.then((fetched) => this.run(element, fetched));
  }

  private async processInEach(element: WindowedValue<unknown>): Promise<void> {
    for (const window of element.windows) await this.processIn(window, { ...element, windows: [window] });
  }

  private run(element: WindowedValue<unknown>, sideInputs: SideInputValues): Processed {
    const { timestampMs, windows, pane } = element;
    this.context.enter(element, sideInputs);
    try {
      const outputs = this.doFn.process(element.value, this.context.forDoFn);
      requireNoPromise("process", outputs);
      if (!outputs) return undefined;
      for (const value of outputs) {
        // `map` yields a promise for an asynchronous function.
        requireNoPromise("process", value);
        this.waits.add(this.receiver.receive({ value, timestampMs, windows, pane }));
      }
    } catch (error) {
      this.waits.discard();
      throw error;
    } finally {
      this.context.leave();
    }
    return this.waits.take();
  }
}

function fromSdkWindowedValue(output: SdkWindowedValue<unknown>): WindowedValue<unknown> {
  return {
    value: output.value,
    timestampMs: fromSdkInstant(output.timestamp),
    windows: output.windows.map(fromSdkWindow),
    pane: fromSdkPane(output.pane),
  };
}
