/**
 * Reads the files that pipelines under test have written. Rules see elements in no other way, so workers may run
 * anywhere.
 */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { IntervalWindow, Pane } from "../../values";

/** One element as it arrived at a collector. `value` went through JSON. */
export interface Collected<T = unknown> {
  readonly value: T;
  readonly timestampMs: number;
  readonly window: IntervalWindow;
  readonly pane: Pane;
}

/** Returns the lines of all files in a folder that bundles have finished. An incomplete line is left out. */
export function readLines<T>(directory: string): T[] {
  mkdirSync(directory, { recursive: true });
  const files = readdirSync(directory).sort();
  return files.flatMap((file) => {
    const complete = readFileSync(join(directory, file), "utf8").split("\n").slice(0, -1);
    return complete.map((line) => JSON.parse(line) as T);
  });
}

/** Returns the values sorted by their JSON text, an order that does not depend on the runner. */
export function sortedValues<T>(elements: readonly { readonly value: T }[]): T[] {
  return sorted(elements.map((element) => element.value));
}

export function sorted<T>(values: Iterable<T>): T[] {
  return [...values]
    .map((value) => ({ value, text: JSON.stringify(value) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ value }) => value);
}
