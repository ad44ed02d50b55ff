/** Windows and groups, named; and groups as rules compare them. */
import * as beam from "apache-beam";
import {
  groupByKey,
  P,
  type PCollection,
  type SdkWindow,
  type SdkWindowFn,
  type WindowingStrategyProto,
} from "../../sdk";
import type { IntervalWindow, KV } from "../../values";
import { type Collected, sorted } from "./collected";

export function windowed<T, W extends SdkWindow>(
  input: PCollection<T>,
  name: string,
  windowFn: SdkWindowFn<W>,
  strategy?: WindowingStrategyProto,
): PCollection<T> {
  return P(input).apply(beam.withName(name, beam.windowInto<T, W>(windowFn, strategy)));
}

export function grouped<K, V>(input: PCollection<KV<K, V>>, name: string): PCollection<KV<K, Iterable<V>>> {
  return P(input).apply(beam.withName(name, groupByKey<K, V>()));
}

/** A key with its values in an order that does not depend on the runner. */
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
