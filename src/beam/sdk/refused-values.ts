/**
 * What coders say of a value that they would change without a word. A value may be anybody's secret, so that its kind is
 * named and nothing of what it holds.
 */
import { UsageError } from "../error";

export function refusedBy(coder: string, takes: string, value: unknown): UsageError {
  return new UsageError(`${coder} takes ${takes}, not ${kindOf(value)}.`);
}

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") {
    const { name = "" } = (value.constructor as { readonly name?: string } | undefined) ?? {};
    return name === "Object" || name === "" ? "an object" : `an instance of ${name}`;
  }
  if (typeof value === "string") return "a text";
  if (typeof value !== "number") return `a ${typeof value}`;
  if (!Number.isFinite(value)) return String(value);
  if (!Number.isInteger(value)) return "a fraction";
  return Number.isSafeInteger(value) ? "a number" : "a number beyond 2^53";
}

/** Has a coder look at each value before it is encoded. */
export function lookFirst(coder: { readonly prototype: object }, look: (value: unknown) => void): void {
  const { prototype } = coder;
  const encode = Reflect.get(prototype, "encode") as (value: unknown, ...rest: unknown[]) => void;
  Object.assign(prototype, {
    encode(value: unknown, ...rest: unknown[]): void {
      look(value);
      encode.call(this, value, ...rest);
    },
  });
}
