import { define } from "./definitions";
import type { DefinedDoFn, Definition, ElementContext, Emit, Outputs } from "./contract";
import { ASYNC_DO_FN_URN } from "./urns";

/** How elements are gathered into one call. A call leaves when any bound is reached, or when no open bundle could add to it. */
export interface Batching {
  readonly maxCount: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** One element of a call, with its own outputs: they may be emitted at any time before the call's promise settles. */
export interface AsyncElement<I, O extends Outputs> {
  readonly value: I;
  readonly context: ElementContext;
  readonly emit: Emit<O>;
}

export interface Calls {
  /** Calls at once per process, over all bundles and instances that share `pool`. */
  readonly maxConcurrentCalls: number;
  /** Unique within a pipeline unless sharing is meant; default: the DoFn's name. */
  readonly pool?: string;
  readonly batching?: Batching;
}

export interface AsyncDoFnInstance<I, O extends Outputs> {
  /** Size of one element in bytes, for `batching.maxBytes`. */
  sizeBytes?(value: I): number;
  process(elements: readonly AsyncElement<I, O>[]): Promise<void>;
  close?(): void | Promise<void>;
}

export interface AsyncDefinition<S, I, O extends Outputs> extends Definition<S, O, AsyncDoFnInstance<I, O>> {
  readonly calls: Calls | ((settings: S) => Calls);
}

/**
 * Defines a DoFn whose work is a call to somewhere else; name, settings and errors as those of `doFn`.
 *
 * 1. At most `maxConcurrentCalls` calls run at once per process, over all bundles and instances that share `pool`.
 * 2. When all are taken, the stage's upstream waits: nothing is queued beyond one element per open bundle and batch.
 * 3. Results leave as they come, in any order; a bundle finishes when all calls that hold its elements have settled.
 * 4. A rejected call fails every bundle that has an element in it. Failures that are data go to an output instead.
 * 5. With `batching`, a call may hold elements of several bundles of this process; without it, exactly one element.
 */
export function asyncDoFn<I, O extends Outputs, S = void>(
  name: string,
  definition: AsyncDefinition<S, I, O>,
): DefinedDoFn<S, I, O> {
  return define(ASYNC_DO_FN_URN, name, definition);
}
