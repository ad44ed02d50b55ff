import { UsageError } from "../error";
import type { AsyncDoFnInstance, AsyncElement, CallLater, Calls } from "../authoring/async-do-fn";
import type { ElementContext, Emit, Outputs } from "../authoring/contract";
import type { AnyDefinition } from "../authoring/definitions";
import type { IntervalWindow, WindowedValue } from "../values";
import type { Processed, InFlight } from "./contract";
import type { OutputReceivers } from "./outputs";
import { Outstanding } from "./outstanding";

const OUTSIDE = "An element can begin anew behind an asyncBoundary of its stage only.";

export type AnyAsyncDoFn = AsyncDoFnInstance<unknown, Outputs>;
export type AnyAsyncDefinition = AnyDefinition & { readonly calls: Calls | ((settings: unknown) => Calls) };

type AnyCallLater = CallLater<unknown, Outputs>;

/** The bundle that an element of a call belongs to, as the call sees it. */
export interface CallOwner {
  readonly fn: AnyAsyncDoFn;
  readonly outputs: OutputReceivers;
  /** False once the bundle has failed. Outputs that its calls emit later are dropped. */
  readonly isLive: boolean;
  /** True when the bundle will add no more elements. */
  readonly isFinishing: boolean;
  readonly inFlight: InFlight | undefined;
  fail(error: unknown): void;
  /** Called when one of the bundle's elements is done and downstream has taken its outputs. */
  onSettled(): void;
}

/** One element of a call, with its emitter. */
export class CallElement implements AsyncElement<unknown, Outputs> {
  readonly value: unknown;
  readonly context: ElementContext;
  readonly emit: Emit<Outputs>;
  call: AsyncCall | undefined;
  private isDropped = false;

  constructor(
    readonly owner: CallOwner,
    { value, timestampMs, pane }: WindowedValue<unknown>,
    window: IntervalWindow,
    readonly bytes: number,
  ) {
    this.value = value;
    this.context = { timestampMs, window, pane };
    const windows = [window];
    this.emit = (tag, output, outputTimestampMs) => {
      const { call } = this;
      if (call === undefined || call.isSettled)
        throw new UsageError("An asynchronous DoFn emitted after its call had ended.");
      if (!owner.isLive || this.isDropped) return undefined;
      const processed = this.receive(tag, output, outputTimestampMs ?? timestampMs, windows);
      call.onEmitted(processed, owner);
      return processed;
    };
  }

  /** The bundle ends as usual, so that its processor, which may be making the call of others, stays whole. */
  readonly again = (): void => {
    this.isDropped = true;
    const { owner } = this;
    if (owner.inFlight === undefined) owner.fail(new UsageError(OUTSIDE));
    else owner.inFlight.again();
  };

  private receive(tag: string, output: unknown, timestampMs: number, windows: readonly IntervalWindow[]): Processed {
    try {
      return this.owner.outputs.emit(tag, output, timestampMs, windows, this.context.pane);
    } catch (error) {
      this.owner.fail(error);
      throw error;
    }
  }
}

/** Elements that their call gave back. */
export interface GivenBack {
  readonly elements: readonly CallElement[];
  readonly delayMs: number;
}

/**
 * One running call.
 *
 * 1. `onCallDone` is called once: when the author's promise has settled, or earlier, when downstream makes the call
 *    wait. The pool does not count a call that waits for downstream; otherwise two stages that share a pool could wait
 *    for each other for ever.
 * 2. `onSettled` is called once, after that: the author's promise has settled and downstream has taken every output. It
 *    receives the elements that the author gave back; all others have settled.
 */
export class AsyncCall {
  isSettled = false;
  private isCallDone = false;
  private readonly outstanding = new Outstanding();

  constructor(
    private readonly elements: readonly CallElement[],
    private readonly onCallDone: () => void,
    private readonly onSettled: (givenBack: GivenBack | undefined) => void,
  ) {}

  /** Makes the call with the DoFn of the first element, whose bundle cannot end before the call has settled. */
  run(fn: AnyAsyncDoFn): void {
    for (const element of this.elements) element.call = this;
    try {
      fn.process(this.elements).then(this.onFulfilled, this.onRejected);
    } catch (error) {
      this.onRejected(error);
    }
  }

  onEmitted(processed: Processed, owner: CallOwner): void {
    if (processed === undefined) return;
    this.callDone();
    processed.catch((error: unknown) => owner.fail(error));
    this.outstanding.add(processed);
  }

  private readonly onFulfilled = (later: AnyCallLater | void): void => {
    this.callDone();
    const settle = (): void => this.settle(later ?? undefined);
    const settled = this.outstanding.settled();
    if (settled === undefined) settle();
    else settled.then(settle, settle);
  };

  private readonly onRejected = (error: unknown): void => {
    for (const { owner } of this.elements) owner.fail(error);
    this.onFulfilled();
  };

  private settle(later: AnyCallLater | undefined): void {
    this.isSettled = true;
    const back = new Set<unknown>(later?.elements);
    const isBack = (element: CallElement): boolean => back.has(element);
    this.onSettled(later && { elements: this.elements.filter(isBack), delayMs: later.delayMs });
    for (const element of this.elements) if (!isBack(element)) element.owner.onSettled();
  }

  private callDone(): void {
    if (this.isCallDone) return;
    this.isCallDone = true;
    this.onCallDone();
  }
}
