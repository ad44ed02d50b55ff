/** Windows and groups with names, and groups in a form that rules can compare. */
import {
  type AnyWindowFn,
  groupByKey,
  type PCollection,
  windowInto,
  type WindowingStrategyProto,
  withName,
} from "../../sdk";
import type { IntervalWindow, KV } from "../../values";
import { type Collected, sorted } from "./collected";

export function windowed<T>(
  input: PCollection<T>,
  name: string,
  windowFn: AnyWindowFn,
  strategy?: WindowingStrategyProto,
): PCollection<T> {
  return input.apply(withName(name, windowInto(windowFn, strategy)));
}

export function grouped<K, V>(input: PCollection<KV<K, V>>, name: string): PCollection<KV<K, Iterable<V>>> {
  return input.apply(withName(name, groupByKey()));
}

/** Returns a key with its values sorted, an order that does not depend on the runner. */
export function group({ value }: Collected): KV<unknown, unknown[]> {
  const { key, value: values } = value as KV<unknown, unknown[]>;
  return { key, value: sorted(values) };
}

export function groups(collected: readonly Collected[]): KV<unknown, unknown[]>[] {
  return sorted(collected.map(group));
}

export function windowedGroups(
  collected: readonly Collected[],
): (KV<unknown, unknown[]> & { readonly window: IntervalWindow })[] {
  return sorted(collected.map((element) => ({ ...group(element), window: element.window })));
}

export function kv<K, V>(key: K, value: V): KV<K, V> {
  return { key, value };
}
