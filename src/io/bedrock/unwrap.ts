/** Takes a complete answer out of what models sometimes put around it. */
import { jsonObjects } from "./extract-json";

type Fields = Readonly<Record<string, unknown>>;

/** Layers around an answer: `{"$PARAMETER_NAME": …}`, the tool's name, a call of the tool, a copy of its schema. */
const MAX_DEPTH = 3;
/** Bounds the work on an answer that is something else. */
const MAX_VALUES = 50;

/**
 * The object with all `fields` that the answer is, or that it holds as a value or as JSON text; the answer itself when
 * it holds none, or more than one kind of thing on the way.
 */
export function unwrapped(answer: unknown, fields: readonly string[]): unknown {
  return search(answer, fields, MAX_DEPTH) ?? answer;
}

function search(value: unknown, fields: readonly string[], depth: number): Fields | undefined {
  if (typeof value === "string") {
    const object = objectInText(value);
    return object === value ? undefined : search(object, fields, depth);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const own = value as Fields;
  if (fields.every((field) => Object.hasOwn(own, field))) return own;
  if (depth === 0) return undefined;
  for (const inner of Object.values(own).slice(0, MAX_VALUES)) {
    const found = search(inner, fields, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

const NOTHING = /^(?:none|null|n\/a|-)?$/i;

/** A list that a model wrote as text: JSON, or items between commas, semicolons or on lines. Anything else as it is. */
export function listInText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const text = value.trim();
  if (NOTHING.test(text)) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // No JSON: a list as people write it, or as another language's notation has it.
  }
  const items = text.replace(/^\[|\]$/g, "").split(/[,;\n]/);
  return items.map((item) => item.replace(/^[\s'"*•-]+|[\s'"]+$/gu, "")).filter((item) => item !== "");
}

/** A flag that a model wrote as text. Anything else as it is. */
export function flagInText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const word = value.trim().toLowerCase();
  if (word === "true" || word === "yes") return true;
  return word === "false" || word === "no" ? false : value;
}

/** An object that a model wrote as text. Anything else as it is. */
export function objectInText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const [object] = value.trimStart().startsWith("{") ? jsonObjects(value) : [];
  return object ?? value;
}
