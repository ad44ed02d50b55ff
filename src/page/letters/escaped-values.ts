/**
 * Finds the values of a text in which JSON may have escaped some characters, as of a record: `jane\u0040example.com`.
 * A string may hold JSON in its turn, and the text may be no JSON at all. Pure.
 */
import { detect, ordered, type Span } from "../mask";

/** JSON in a string of JSON in a string, as an envelope in an envelope has it. */
const MAX_DEPTH = 3;
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g;
const CONTROLS: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** A text as it reads without some escapes. */
interface Reading {
  readonly text: string;
  /** Where each UTF-16 unit begins in the original text. */
  readonly starts: Uint32Array;
  /** Where it ends there. */
  readonly ends: Uint32Array;
}

/** The values of a text by all of its readings, in order and apart, at their places in the text as it is. */
export function escapedValues(text: string): readonly Span[] {
  const found: Span[] = [];
  let reading: Reading | undefined = asItIs(text);
  for (let depth = 0; reading !== undefined && depth <= MAX_DEPTH; depth++, reading = unescaped(reading)) {
    // A word alone may be a value at the end of its text only, so strings are looked at as lines, too.
    for (const each of new Set([reading.text, reading.text.replaceAll('"', "\n")])) {
      for (const { rule, start, end } of detect(each)) {
        found.push({ rule, start: reading.starts[start]!, end: reading.ends[end - 1]! });
      }
    }
  }
  return ordered(found);
}

function asItIs(text: string): Reading {
  const starts = new Uint32Array(text.length).map((_, at) => at);
  return { text, starts, ends: starts.map((at) => at + 1) };
}

/** Undefined where there is nothing to unescape. */
function unescaped({ text, starts, ends }: Reading): Reading | undefined {
  const parts: string[] = [];
  const reading = { starts: new Uint32Array(text.length), ends: new Uint32Array(text.length) };
  let length = 0;
  let from = 0;
  const copy = (until: number): void => {
    parts.push(text.slice(from, until));
    reading.starts.set(starts.subarray(from, until), length);
    reading.ends.set(ends.subarray(from, until), length);
    length += until - from;
  };
  for (const match of text.matchAll(ESCAPE)) {
    const [escape, unit, sign = ""] = match;
    copy(match.index);
    from = match.index + escape.length;
    parts.push(unit === undefined ? (CONTROLS[sign] ?? sign) : String.fromCharCode(Number.parseInt(unit, 16)));
    reading.starts[length] = starts[match.index]!;
    reading.ends[length] = ends[from - 1]!;
    length++;
  }
  if (parts.length === 0) return undefined;
  copy(text.length);
  return { text: parts.join(""), ...reading };
}
