/** Attributes of messages, and of the sessions that these make. Pure. */
import type { ChatMessage, SessionAttributes } from "../../model";
import { fieldAt } from "./fields";
import type { Attribute } from "./settings";

/** UTF-16 units of a value that are kept. */
const MAX_LENGTH = 256;
/** Bounds what `all` keeps, since every message may bring another value. */
const MAX_VALUES = 32;

/** The values that a record has; undefined when it has none. */
export function readAttributes(record: object, attributes: readonly Attribute[]): ChatMessage["attributes"] {
  let found: Record<string, string> | undefined;
  for (const { name, field } of attributes) {
    const value = textOf(fieldAt(record, field));
    if (value !== undefined) (found ??= {})[name] = value;
  }
  return found;
}

/** A text, number or truth value as text; undefined for everything else, and for an empty text. */
function textOf(value: unknown): string | undefined {
  const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  if (!isPlain) return undefined;
  const text = String(value).trim();
  return text === "" ? undefined : text.slice(0, MAX_LENGTH).toWellFormed();
}

/**
 * Attributes of the session of these messages, which are in order; undefined when there are none. Messages that come
 * from documents or dead letters may have others than a job names: their first values.
 */
export function attributesOf(
  messages: readonly ChatMessage[],
  named: readonly Attribute[] = [],
): SessionAttributes | undefined {
  const names = new Set<string>();
  for (const { attributes } of messages) {
    if (attributes !== undefined) for (const name of Object.keys(attributes)) names.add(name);
  }
  for (const { name } of named) names.delete(name);
  const all = [...named, ...[...names].map((name) => ({ name, values: "first" as const }))];
  const found = all.flatMap(({ name, values }) => {
    const value = valueOf(messages, name, values);
    return value === undefined ? [] : [[name, value] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/**
 * With the attributes of documents that the job does not name, as the earliest document has them: only who named them
 * knew which values count. Documents are in any order.
 */
export function withHeld(
  attributes: SessionAttributes | undefined,
  documents: readonly { readonly start: string; readonly attributes?: SessionAttributes }[],
  named: readonly Attribute[] = [],
): SessionAttributes | undefined {
  const ordered = documents.toSorted((a, b) => Date.parse(b.start) - Date.parse(a.start));
  const held = Object.entries(Object.assign({}, ...ordered.map((own) => own.attributes)) as SessionAttributes);
  const others = held.filter(([key]) => !named.some(({ name }) => name === key));
  return others.length === 0 ? attributes : { ...attributes, ...Object.fromEntries(others) };
}

function valueOf(
  messages: readonly ChatMessage[],
  name: string,
  values: Attribute["values"],
): string | readonly string[] | undefined {
  const all = messages.flatMap(({ attributes = {} }) => (Object.hasOwn(attributes, name) ? [attributes[name]!] : []));
  if (values === "first") return all[0];
  if (values === "last") return all.at(-1);
  return all.length === 0 ? undefined : [...new Set(all)].slice(0, MAX_VALUES);
}
