/** Stack frames of errors, with positions in the source files. */
import { sourcePositions } from "./source-map";

/** Frames that do not help an author: those of Node.js, of packages, and of this layer's code around authors' code. */
const NOT_AN_AUTHORS =
  /\bnode:|[\\/]node_modules[\\/]|(?:^|[\\/(])src[\\/]beam[\\/](?:sdk|authoring|operators|direct|harness|failure)[\\/]/;
/** A frame's parts: text before the file, file, line, column, and text behind it. */
const PLACED = /^(.*\(|async |new |)([^()]+):(\d+):(\d+)(\)?)$/;

const known = new WeakMap<Error, readonly string[]>();

/**
 * Returns the text after "at" in each line of the stack. The message is left out, since it may have lines that look
 * like frames.
 */
export function framesOf(error: Error): readonly string[] {
  let frames = known.get(error);
  if (frames === undefined) known.set(error, (frames = inSources(rawFrames(error))));
  return frames;
}

/** Returns the first frame in an author's file. */
export function authorFrame(frames: readonly string[]): string | undefined {
  return frames.find((frame) => PLACED.test(frame) && !NOT_AN_AUTHORS.test(frame));
}

function rawFrames(error: Error): string[] {
  const stack = error.stack ?? "";
  const messageStart = stack.indexOf(error.message);
  if (messageStart < 0) return [];
  const lines = stack.slice(messageStart + error.message.length).matchAll(/^\s+at (.+)$/gm);
  return [...lines].map(([, frame = ""]) => frame);
}

/** Translates frames of a bundled program to positions in its source files. */
function inSources(frames: readonly string[]): string[] {
  const placed = frames.map((frame) => PLACED.exec(frame));
  const files = new Set(placed.map((parts) => parts?.[2]).filter((file) => file !== undefined));
  const result = [...frames];
  for (const file of files) {
    const own = [...placed.entries()].filter(([, parts]) => parts?.[2] === file);
    const positions = own.map(([, parts]) => ({ line: Number(parts![3]), column: Number(parts![4]) }));
    for (const [index, source] of sourcePositions(file, positions).entries()) {
      const [at, parts] = own[index]!;
      if (source !== undefined) result[at] = `${parts![1]}${source}${parts![5]}`;
    }
  }
  return result;
}
