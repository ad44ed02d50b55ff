import { doFn } from "../../authoring/do-fn";
import type { Collected } from "../support/collected";
import { LineFile } from "../support/line-file";

/** Writes every element with its timestamp, window and pane to a file. A bundle's elements appear when it finishes. */
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

/** Converts iterables of groups to arrays, for JSON. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (Symbol.iterator in value) return [...(value as Iterable<unknown>)].map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
}
