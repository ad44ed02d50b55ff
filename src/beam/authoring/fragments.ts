import type { KV } from "../values";
import { define } from "./definitions";
import type { DefinedDoFn, Definition } from "./contract";
import { FRAGMENT_FN_URN } from "./urns";

export interface FragmentWeight<F> {
  /** Bytes that one element stands for, as `sizeBytes` counts them; at least 1. */
  readonly bytesPerElement: number;
  /** A fragment that holds no values. */
  readonly empty: F;
}

export interface FragmentsInstance<V, K, F> {
  /** A fragment is emitted when it holds this many values … */
  readonly maxValues: number;
  /** … or when the next value would make it larger than this. A value above this size becomes a fragment of its own. */
  readonly maxBytes: number;
  keyOf(value: V): K;
  /**
   * Estimates the bytes that a value takes. The estimate bounds the fragment, the memory of all fragments in a worker,
   * and on the direct runner what waits of their groups.
   */
  sizeBytes(value: V): number;
  create(value: V): F;
  /** Returns the fragment with one more value: the same object, changed, or a new one. */
  add(fragment: F, value: V): F;
  /** Lets triggers that count elements bound bytes as well: see rule 5. */
  readonly weight?: FragmentWeight<F>;
  close?(): void | Promise<void>;
}

/**
 * Defines a DoFn that gathers values into fragments by key, before they are shuffled. It is the lifted first half of a
 * combine that also works over merging windows, where the SDK's own combine sends every value by itself. A GroupByKey
 * must follow; its groups hold the fragments. So the coder of `main` is a coder of keys and values. Name, settings and
 * errors are those of `doFn`.
 *
 * 1. A fragment holds values of one bundle and one key whose windows overlap as a chain. The fragment's window reaches
 *    from the start of the first window to the end of the last, so the runner merges fragments into the same windows
 *    that it would have merged the values into. Over windows that do not merge, the values of a fragment share one
 *    window.
 * 2. A fragment's timestamp is the last timestamp of its window. So the windowing's timestamp combiner must be the end
 *    of the window.
 * 3. The order of values and the ends of bundles change only the number of fragments. Triggers that count elements
 *    count fragments.
 * 4. A value that is late for its own window is kept when it joins a fragment that is not late.
 * 5. With a `weight`, a fragment larger than `bytesPerElement` is followed by empty fragments in the same window, one
 *    for each further `bytesPerElement` that it begins. Beam has no trigger by bytes. With these fillers a trigger
 *    after n elements fires at the latest when n × `bytesPerElement` have gathered, on every runner. A pane may hold
 *    only empty fragments.
 */
export function fragments<V, K, F, S = void>(
  name: string,
  definition: Definition<S, { main: KV<K, F> }, FragmentsInstance<V, K, F>>,
): DefinedDoFn<S, V, { main: KV<K, F> }> {
  return define(FRAGMENT_FN_URN, name, definition);
}
