import type { KV } from "../values";
import { define } from "./definitions";
import type { DefinedDoFn, Definition } from "./contract";
import { FRAGMENT_FN_URN } from "./urns";

export interface FragmentWeight<F> {
  /** By `sizeBytes`; at least 1. */
  readonly bytesPerElement: number;
  /** A fragment without values. */
  readonly empty: F;
}

export interface FragmentsInstance<V, K, F> {
  /** A fragment leaves when it holds this many values … */
  readonly maxValues: number;
  /** … or when the next value would make it larger than this. A value above it is a fragment of its own. */
  readonly maxBytes: number;
  keyOf(value: V): K;
  /** About what the value takes; it bounds the fragment, and what a worker holds in all its fragments. */
  sizeBytes(value: V): number;
  create(value: V): F;
  /** The fragment with one more value: the same object, changed, or a new one. */
  add(fragment: F, value: V): F;
  /** Makes triggers that count elements count bytes as well: see rule 5. */
  readonly weight?: FragmentWeight<F>;
  close?(): void | Promise<void>;
}

/**
 * Defines what gathers values into fragments by key before they are shuffled: a combine's first half, lifted, that also
 * works over merging windows, where the SDK's own combine sends every value by itself. A GroupByKey follows, whose groups
 * hold the fragments; so the coder of `main` is one of keys and values. Name, settings and errors as those of `doFn`.
 *
 * 1. A fragment holds values of one bundle and one key, whose windows chain by overlapping; its own window reaches from
 *    the first window's start to the last one's end, so the runner merges fragments into the very windows that it would
 *    have merged the values into. Over windows that do not merge, a fragment's values share one window.
 * 2. A fragment's timestamp is its window's last. So the windowing's output time must be the end of the window.
 * 3. In which order values come, and where bundles end, decides how many fragments there are, and nothing else. Triggers
 *    that count elements count fragments.
 * 4. A value that is too late for its own window is taken along by a fragment that is not.
 * 5. With a `weight`, a fragment of more than `bytesPerElement` is followed by an empty one for each further so many bytes
 *    that it begins, in the same window. Beam has no trigger by bytes; so one after n elements fires at the latest when
 *    n × `bytesPerElement` have gathered, on every runner. A pane may hold nothing but empty ones.
 */
export function fragments<V, K, F, S = void>(
  name: string,
  definition: Definition<S, { main: KV<K, F> }, FragmentsInstance<V, K, F>>,
): DefinedDoFn<S, V, { main: KV<K, F> }> {
  return define(FRAGMENT_FN_URN, name, definition);
}
