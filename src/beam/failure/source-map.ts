/**
 * Translates positions in a bundled program to positions in its source files, by the source map `<file>.map` beside it.
 * The map is read when an error is reported and not kept: Node.js's own support would keep tens of megabytes in every
 * worker.
 */
import { existsSync, readFileSync } from "node:fs";

/** Line and column both start at 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

interface SourceMap {
  readonly sources: readonly string[];
  /** Lines of the program separated by ";", mappings by ",". A mapping has up to five numbers in base64 VLQ. */
  readonly mappings: string;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUE_OF = Int8Array.from({ length: 128 }, (_, code) => DIGITS.indexOf(String.fromCharCode(code)));
const NEXT_MAPPING = ",".charCodeAt(0);
const NEXT_LINE = ";".charCodeAt(0);
/**
 * The continuation bit. A VLQ digit has five bits of the number, lowest first, and this bit, set when more digits
 * follow.
 */
const CONTINUES = 32;

/** Returns `file:line:column` in the sources for each position, in order; undefined where no map gives an answer. */
export function sourcePositions(file: string, positions: readonly Position[]): readonly (string | undefined)[] {
  const map = `${file}.map`;
  if (!existsSync(map)) return positions.map(() => undefined);
  try {
    return positionsIn(JSON.parse(readFileSync(map, "utf8")) as SourceMap, positions);
  } catch {
    // The map is cut short or not a source map. The caller then shows the program's own positions.
    return positions.map(() => undefined);
  }
}

/** Finds each position's mapping: the last one of its line that does not start behind it. */
function positionsIn({ sources, mappings }: SourceMap, positions: readonly Position[]): (string | undefined)[] {
  const found: (string | undefined)[] = positions.map(() => undefined);
  const lastLine = Math.max(...positions.map(({ line }) => line));
  // Fields of a mapping: column in the program, source, line and column in the source, name. Each is a sum of deltas.
  const at = [0, 0, 0, 0, 0];
  let [line, field, value, factor] = [1, 0, 0, 1];
  const take = (): void => {
    positions.forEach((wanted, index) => {
      if (wanted.line !== line || wanted.column <= at[0]!) return;
      found[index] = field < 4 ? undefined : `${sources[at[1]!] ?? "?"}:${at[2]! + 1}:${at[3]! + 1}`;
    });
  };
  const wantedLines = new Set(positions.map((wanted) => wanted.line));
  for (let index = 0; index <= mappings.length; index++) {
    const code = index < mappings.length ? mappings.charCodeAt(index) : NEXT_LINE;
    if (code === NEXT_MAPPING || code === NEXT_LINE) {
      if (field > 0 && wantedLines.has(line)) take();
      field = 0;
      if (code === NEXT_MAPPING) continue;
      if (++line > lastLine) break;
      at[0] = 0;
      continue;
    }
    const bits = VALUE_OF[code]!;
    value += (bits & (CONTINUES - 1)) * factor;
    factor *= CONTINUES;
    if ((bits & CONTINUES) !== 0) continue;
    // The lowest bit is the sign.
    at[field]! += value % 2 === 1 ? -(value - 1) / 2 : value / 2;
    field++;
    [value, factor] = [0, 1];
  }
  return found;
}
