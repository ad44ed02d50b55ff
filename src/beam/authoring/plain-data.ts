/** Plain data is what JSON gives back unchanged. A property with the value undefined counts as absent. */
import { BeamError } from "../error";

export const PLAIN_DATA = "objects, arrays, texts, finite numbers, booleans, null";

/** A value that is deeper goes through the slower search, which also notices a value that contains itself. */
const MAX_FAST_DEPTH = 100;

/** The first part of a value that is not plain data. */
export interface NotPlain {
  /** The way from the value to the part: "" or ".byName[0]". */
  readonly path: string;
  readonly is: string;
}

/**
 * Throws a BeamError that names the stage and the place when JSON would change the settings, because a worker would
 * receive something else.
 */
export function requirePlainData(stageName: string, settings: unknown): void {
  const wrong = settings === undefined ? undefined : notPlainIn(settings);
  if (wrong === undefined) return;
  throw new BeamError(
    "PIPELINE",
    `The settings of "${stageName}" do not survive the way to a worker: settings${wrong.path} is ${wrong.is}. Give plain data (${PLAIN_DATA}), and make the rest of it in open().`,
  );
}

/** Finds what is not plain data. Returns undefined for plain data, after about a sixth of the time that JSON needs. */
export function notPlainIn(value: unknown): NotPlain | undefined {
  return isPlain(value, 0) ? undefined : search(value, "", []);
}

function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth > MAX_FAST_DEPTH || !isPlainObject(value)) return false;
  if (Array.isArray(value)) {
    // A loop by index also sees holes, which forEach skips.
    for (let index = 0; index < value.length; index++) if (!isPlain(value[index], depth + 1)) return false;
    return true;
  }
  for (const name of Object.keys(value)) {
    const field = (value as Record<string, unknown>)[name];
    if (field !== undefined && !isPlain(field, depth + 1)) return false;
  }
  return true;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null || Array.isArray(value)) && !("toJSON" in value);
}

function search(value: unknown, path: string, around: readonly object[]): NotPlain | undefined {
  const is = whatIsWrong(value, around);
  if (is !== undefined) return { path, is };
  if (typeof value !== "object" || value === null) return undefined;
  const within = [...around, value];
  const fields = Array.isArray(value)
    ? Array.from(value, (field: unknown, index) => [`[${index}]`, field] as const)
    : Object.entries(value).flatMap(([name, field]) => (field === undefined ? [] : [[`.${name}`, field] as const]));
  for (const [step, field] of fields) {
    const wrong = search(field, path + step, within);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function whatIsWrong(value: unknown, around: readonly object[]): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : String(value);
    case "object":
      if (value === null) return undefined;
      if (around.includes(value)) return "an object that contains itself";
      if (isPlainObject(value)) return undefined;
      if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)
        return "an object with a toJSON of its own";
      return `an instance of ${(value.constructor as { name?: string } | undefined)?.name ?? "a class"}`;
    case "undefined":
      return "undefined";
    case "bigint":
    case "function":
    case "symbol":
      return `a ${typeof value}`;
  }
}
