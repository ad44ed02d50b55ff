/**
 * Errors for values that a coder would change silently. They name the value's kind and never its content, which may be
 * private.
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

/** Makes a coder check each value before it encodes it. */
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
