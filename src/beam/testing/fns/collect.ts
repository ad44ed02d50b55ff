import type { ElementContext, Emit, TaggedDoFn } from "../../authoring/do-fn";
import { registerForSerialization } from "../../sdk";
import type { Collected } from "../support/collected";
import { LineFile } from "../support/line-file";

/** Writes every element with its time, window and pane to a file of its own; a bundle's elements appear when it finishes. */
export class Collect implements TaggedDoFn<unknown, Record<string, never>> {
  private file?: LineFile;
  private lines: Collected[] = [];

  constructor(private readonly directory: string) {}

  setup(): void {
    this.file = new LineFile(this.directory);
  }

  startBundle(): void {
    this.lines = [];
  }

  process(value: unknown, _emit: Emit<Record<string, never>>, context: ElementContext): void {
    const { timestampMs, window, pane } = context;
    this.lines.push({
      value: plain(value),
      timestampMs,
      window: { startMs: window.startMs, endMs: window.endMs },
      pane,
    });
  }

  finishBundle(): void {
    this.file?.append(this.lines);
  }
}

/** Iterables of groups are arrays in files. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (Symbol.iterator in value) return [...(value as Iterable<unknown>)].map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
}

registerForSerialization("conformance/collect", { Collect });
