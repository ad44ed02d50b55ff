/**
 * Runs an asynchronous DoFn. The rules for authors are in async-do-fn.ts, those for batching in call-queue.ts.
 *
 * 1. Every element of the bundle is counted from `process` until its call has settled. `finish` waits for zero.
 * 2. The first failure of any of the bundle's calls fails the bundle: the current `process`, every caller that waits in
 *    it, and `finish`. After that, running calls are ignored and their outputs dropped.
 * 3. A bundle that is torn down while it waits fails, since its queued calls will not be made.
 */
import type { Calls } from "../authoring/async-do-fn";
import { type Deferred, deferred } from "../deferred";
import type { TransformProto } from "../sdk";
import type { WindowedValue } from "../values";
import { type AnyAsyncDefinition, type AnyAsyncDoFn, CallElement, type CallOwner } from "./async-call";
import { CallQueue } from "./call-queue";
import type { Operator, Processed, InFlight, StageEnvironment } from "./contract";
import { Gate } from "./gate";
import { DefinedTransform } from "./opening";
import { OutputReceivers } from "./outputs";
import { Waits } from "./waits";

const TORN_DOWN = "The bundle was torn down.";

export class AsyncOperator implements Operator, CallOwner {
  /** Set in `setup`. */
  fn!: AnyAsyncDoFn;
  readonly outputs: OutputReceivers;
  isLive = true;
  isFinishing = false;
  readonly inFlight: InFlight | undefined;

  private readonly defined: DefinedTransform<AnyAsyncDefinition>;
  private readonly queue: CallQueue;
  private unsettled = 0;
  private failure: { readonly error: unknown } | undefined;
  private finishing: Deferred<void> | undefined;

  constructor(transformId: string, transform: TransformProto, environment: StageEnvironment) {
    this.defined = new DefinedTransform(transformId, transform, environment);
    this.outputs = new OutputReceivers(transform, environment);
    this.inFlight = environment.inFlight;
    const { batching, maxConcurrentCalls, pool } = this.calls();
    const poolGate = environment.scope.get(`async-pool:${pool}`, () => new Gate(maxConcurrentCalls));
    if (poolGate.limit !== maxConcurrentCalls) {
      throw new Error(`The pool "${pool}" is given two limits, ${poolGate.limit} and ${maxConcurrentCalls}.`);
    }
    this.queue = environment.scope.get(
      `async-queue:${transformId}`,
      () => new CallQueue(batching, poolGate, new Gate(maxConcurrentCalls)),
    );
  }

  setup(): void | Promise<void> {
    return this.defined.open((fn: typeof this.fn) => (this.fn = fn));
  }

  start(): void {
    this.isFinishing = false;
  }

  process(element: WindowedValue<unknown>): Processed {
    this.throwFailure();
    const bytes = this.fn.sizeBytes?.(element.value) ?? 0;
    const waits = new Waits();
    for (const window of element.windows) {
      this.unsettled++;
      waits.add(this.queue.add(new CallElement(this, element, window, bytes)));
    }
    this.throwFailure();
    return waits.take()?.then(this.throwFailure);
  }

  finish(): Processed {
    this.isFinishing = true;
    this.queue.onOwnerChanged(this);
    this.throwFailure();
    if (!this.isLive) throw new Error(TORN_DOWN);
    if (this.unsettled === 0) return undefined;
    this.finishing = deferred();
    return this.finishing.promise;
  }

  teardown(): void | Promise<void> {
    this.isLive = false;
    this.queue.onOwnerChanged(this);
    this.finishing?.reject(new Error(TORN_DOWN));
    this.finishing = undefined;
    return (this.fn as AnyAsyncDoFn | undefined)?.close?.();
  }

  fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = { error };
    this.isLive = false;
    this.queue.onOwnerChanged(this);
    this.finishing?.reject(error);
    this.finishing = undefined;
  }

  onSettled(): void {
    this.unsettled--;
    if (this.unsettled > 0 || this.finishing === undefined) return;
    this.finishing.resolve();
    this.finishing = undefined;
  }

  private calls(): Calls & { readonly pool: string } {
    const { name, settings, definition } = this.defined;
    const { calls } = definition;
    return { pool: name, ...(typeof calls === "function" ? calls(settings) : calls) };
  }

  private readonly throwFailure = (): void => {
    if (this.failure !== undefined) throw this.failure.error;
  };
}
