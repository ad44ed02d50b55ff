/**
 * Makes the SDK's default coder refuse values that it would change silently (apache-beam 2.49.0): it encodes a Map, a
 * Set or an instance of a class as a plain object without their content, undefined as null, and NaN as 0.
 */
import { GeneralObjectCoder } from "apache-beam/coders/js_coders";
import { DoubleCoder, VarIntCoder } from "apache-beam/coders/standard_coders";
import type { Writer } from "protobufjs";
import { lookFirst, refusedBy } from "./refused-values";

const NAME = "The SDK's default coder";
const TAKES = "texts, numbers, booleans, null, and arrays and plain objects of them (others need a coder of their own)";
const WHOLE = new VarIntCoder();
const FRACTION = new DoubleCoder();

// The coder encodes the values in an array by itself and so checks each of them.
lookFirst(GeneralObjectCoder, (value) => requirePlain(value, "element"));

const { number } = (new GeneralObjectCoder() as unknown as { codersByType: { number: object } }).codersByType;
Object.assign(Object.getPrototypeOf(number) as object, {
  encode(value: number, writer: Writer): void {
    const isWhole = Number.isSafeInteger(value);
    writer.string(isWhole ? "i" : "f");
    if (isWhole) WHOLE.encode(value, writer);
    else FRACTION.encode(value, writer);
  },
});

function requirePlain(value: unknown, place: "element" | "field"): void {
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return;
  // A field that is undefined counts as absent. BSON can encode a Date, but only as a field of an object.
  if (place === "field" && (value === undefined || value instanceof Date)) return;
  if (typeof value !== "object") throw refusedBy(NAME, TAKES, value);
  if (Array.isArray(value)) {
    if (place === "field") value.forEach((each) => requirePlain(each, "element"));
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw refusedBy(NAME, TAKES, value);
  for (const field of Object.values(value)) requirePlain(field, "field");
}
