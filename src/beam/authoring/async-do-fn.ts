import { define } from "./definitions";
import type { DefinedDoFn, Definition, ElementContext, Emit, Outputs } from "./contract";
import { ASYNC_DO_FN_URN } from "./urns";

/**
 * Bounds of a batch: elements that are gathered into one call. The call is made when any bound is reached, or when no
 * open bundle can add to the batch.
 */
export interface Batching {
  readonly maxCount: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** Bound of the age while none of the DoFn's calls is under way: waiting for company then gains little. */
  readonly maxIdleAgeMs?: number;
}

/**
 * One element of a call, with an emitter of its own. `emit` may be called at any time before the call's promise
 * settles.
 */
export interface AsyncElement<I, O extends Outputs> {
  readonly value: I;
  readonly context: ElementContext;
  readonly emit: Emit<O>;
  /**
   * Asks that the element begin anew behind its `asyncBoundary`, after a pause: what the stages behind the boundary put
   * out for it is dropped, and what they counted. The other elements of the call are not touched. Whatever is emitted
   * for the element from then on is dropped. Without a boundary in the stage its bundle fails.
   */
  readonly again: () => void;
}

export interface Calls {
  /** Limit of concurrent calls in one process, over all bundles and all instances that share `pool`. */
  readonly maxConcurrentCalls: number;
  /**
   * Name of the limit. It must be unique within a pipeline, unless DoFns are meant to share the limit. Default: the
   * DoFn's name.
   */
  readonly pool?: string;
  readonly batching?: Batching;
}

/**
 * Elements of a call that go into a later call. Until then they take no place in a call or in the queue before calls.
 */
export interface CallLater<I, O extends Outputs> {
  readonly elements: readonly AsyncElement<I, O>[];
  /** Time that passes before they go into another call. */
  readonly delayMs: number;
}

export interface AsyncDoFnInstance<I, O extends Outputs> {
  /** Returns the size of one element in bytes, for `batching.maxBytes`. */
  sizeBytes?(value: I): number;
  /** Settles all elements but those that the promise resolves with. */
  process(elements: readonly AsyncElement<I, O>[]): Promise<CallLater<I, O> | void>;
  close?(): void | Promise<void>;
}

export interface AsyncDefinition<S, I, O extends Outputs> extends Definition<S, O, AsyncDoFnInstance<I, O>> {
  readonly calls: Calls | ((settings: S) => Calls);
}

/**
 * Defines a DoFn that makes asynchronous calls, such as requests to a service. Name, settings and errors are those of
 * `doFn`.
 *
 * 1. At most `maxConcurrentCalls` calls run at once in a process, over all bundles and all instances that share `pool`.
 * 2. When that many calls are running, the stage's upstream waits. Nothing is queued beyond one element for each open
 *    bundle and one batch.
 * 3. Results are emitted as they arrive, in any order. A bundle finishes when all calls with its elements have settled.
 * 4. A rejected call fails every bundle that has an element in it. An expected failure should be emitted to an output
 *    instead.
 * 5. With `batching`, a call may hold elements of several bundles of this process. Without it, a call holds one
 *    element.
 * 6. An element that a call resolves with has not settled. It goes into a later call; other elements do not wait for
 *    it.
 */
export function asyncDoFn<I, O extends Outputs, S = void>(
  name: string,
  definition: AsyncDefinition<S, I, O>,
): DefinedDoFn<S, I, O> {
  return define(ASYNC_DO_FN_URN, name, definition);
}
