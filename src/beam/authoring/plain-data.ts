import { BeamError } from "../error";

/**
 * Throws a BeamError that names the stage and the place when JSON would change the settings, because a worker would
 * receive something else. A property with the value undefined counts as absent.
 */
export function requirePlainData(stageName: string, settings: unknown): void {
  if (settings !== undefined) check(stageName, "settings", settings, []);
}

function check(stageName: string, path: string, value: unknown, around: readonly object[]): void {
  const wrong = whatIsWrong(value, around);
  if (wrong !== undefined) {
    throw new BeamError(
      "PIPELINE",
      `The settings of "${stageName}" do not survive the way to a worker: ${path} is ${wrong}. Give plain data (objects, arrays, texts, finite numbers, booleans, null), and make the rest of it in open().`,
    );
  }
  if (typeof value !== "object" || value === null) return;
  const within = [...around, value];
  if (Array.isArray(value)) {
    // A loop by index also sees holes, which forEach skips.
    for (let index = 0; index < value.length; index++) check(stageName, `${path}[${index}]`, value[index], within);
    return;
  }
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined) check(stageName, `${path}.${name}`, field, within);
  }
}

function whatIsWrong(value: unknown, around: readonly object[]): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : String(value);
    case "object": {
      if (value === null) return undefined;
      if (around.includes(value)) return "an object that contains itself";
      const prototype: unknown = Object.getPrototypeOf(value);
      if (Array.isArray(value) || prototype === Object.prototype || prototype === null) {
        return "toJSON" in value ? "an object with a toJSON of its own" : undefined;
      }
      return `an instance of ${(value.constructor as { name?: string } | undefined)?.name ?? "a class"}`;
    }
    case "undefined":
      return "undefined";
    case "bigint":
    case "function":
    case "symbol":
      return `a ${typeof value}`;
  }
}
