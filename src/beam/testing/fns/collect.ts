import { doFn } from "../../authoring/do-fn";
import type { Collected } from "../support/collected";
import { LineFile } from "../support/line-file";

/** Writes every element with its time, window and pane to a file of its own; a bundle's elements appear when it finishes. */
export const collect = doFn("collect", {
  outputs: {},
  open({ directory }: { readonly directory: string }) {
    const file = new LineFile(directory);
    let lines: Collected[] = [];
    return {
      startBundle() {
        lines = [];
      },
      process(value: unknown, _emit, { timestampMs, window, pane }) {
        const { startMs, endMs } = window;
        lines.push({ value: plain(value), timestampMs, window: { startMs, endMs }, pane });
      },
      finishBundle() {
        file.append(lines);
      },
    };
  },
});

/** Iterables of groups are arrays in files. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (Symbol.iterator in value) return [...(value as Iterable<unknown>)].map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
}
