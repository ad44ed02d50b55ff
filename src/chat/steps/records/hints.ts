/** The look of a record that was refused, and the option that would help; never its text. */
import { envelopeLike } from "./envelopes";
import { fieldAt } from "./fields";
import { valuesIn } from "./json-values";
import { isGzip, isZstd } from "./opened-bytes";
import type { UnpackSettings } from "./settings";

const NAMES = {
  eventbridge: "an EventBridge envelope",
  "cloudwatch-logs": "a CloudWatch Logs envelope",
  "dynamodb-stream": "a DynamoDB stream's envelope",
  sns: "an SNS envelope",
} as const;

/** Words that follow a reason, such as "; it looks like gzip data: --payload-encoding auto opens them"; or none. */
export function hintFor(data: Uint8Array, settings: UnpackSettings): string {
  const { payloadEncoding = "plain", recordValues = "one", envelope = "none", messagesField } = settings;
  const compressed = isGzip(data) ? "gzip" : isZstd(data) ? "zstd" : undefined;
  if (compressed !== undefined) {
    return payloadEncoding === "auto" ? "" : says(`${compressed} data`, "--payload-encoding auto opens them");
  }
  const json = parsed(data);
  if (json === undefined) {
    if (recordValues === "one" && isSeveral(data)) {
      return says("several JSON values", "--record-values many reads each of them");
    }
    return isBase64(data) ? says("base64", "the stream must bring the bytes that it stands for") : "";
  }
  if (Array.isArray(json)) {
    return recordValues === "many" ? "" : says("a list", "--record-values many reads each of its values");
  }
  const like = envelopeLike(json);
  if (like !== undefined && like !== envelope) return says(NAMES[like], `--envelope ${like} opens it`);
  if (!holdsListOfObjects(json)) return "";
  const what = "an object with a list of others";
  if (messagesField === undefined) return says(what, "--messages-field names the list whose members are messages");
  // A member of the list that is a message stands at the path itself.
  return fieldAt(json as object, messagesField) === undefined ? says(what, "there is none at --messages-field") : "";
}

function says(what: string, cure: string): string {
  return `; it looks like ${what}: ${cure}`;
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

/** True when a JSON value, and something behind it, begin these data, which may be cut. */
export function isSeveral(data: Uint8Array): boolean {
  const values = valuesIn(data);
  const first = values.next();
  return first.done !== true && typeof parsed(first.value) === "object" && values.next().done !== true;
}

/** Base64 of a JSON object, or of gzip data. */
function isBase64(data: Uint8Array): boolean {
  const beginning = Buffer.from(data.subarray(0, 64)).toString("latin1");
  return /^"?(eyJ|H4sI)[A-Za-z0-9+/]*/.test(beginning);
}

function holdsListOfObjects(json: unknown, depth = 0): boolean {
  if (typeof json !== "object" || json === null || depth > 4) return false;
  return Object.values(json).some((value: unknown) =>
    Array.isArray(value)
      ? value.some((member) => typeof member === "object" && member !== null)
      : holdsListOfObjects(value, depth + 1),
  );
}
