/** The settings that come of --input. */
import path from "node:path";
import { packed } from "../io/files/listing";
import type { UnpackSettings } from "../chat/steps/records/settings";
import type { FilesReadSettings, InputAddress, ListedFile, S3Connection } from "../io/files/settings";
import type { OptionValues } from "./table";

/** Files are there as a whole, so reading them is always once. */
export function isOnce({ once, input }: OptionValues): boolean {
  return once || input !== undefined;
}

export function sourceName({ stream, input }: OptionValues): string {
  return input === undefined ? stream : inputName(input);
}

export function s3Connection({ region, s3Endpoint }: OptionValues): S3Connection {
  return s3Endpoint === undefined || s3Endpoint === "aws" ? { region } : { region, endpoint: s3Endpoint };
}

export function unpackSettings(values: OptionValues): UnpackSettings {
  const { payloadEncoding, recordValues, envelope, messagesField, timestampField } = values;
  const opening = { payloadEncoding, recordValues, envelope, timestampField };
  return messagesField === undefined ? opening : { ...opening, messagesField };
}

/** One partition reads in the order of names exactly. On Flink each task has one, and they read neighbours. */
export function filesSettings(values: OptionValues, files: readonly ListedFile[]): FilesReadSettings {
  const isInValues = values.recordValues === "many";
  return {
    // Values have no mark at which a range could begin, as lines have.
    files: packed(isInValues ? files.map((file) => ({ ...file, isSplittable: false })) : files),
    s3: s3Connection(values),
    partitions: values.runner === "direct" ? 1 : values.parallelism,
    form: isInValues ? "values" : "lines",
    // The values on a line are taken apart where lines are.
    unpack: { ...unpackSettings(values), recordValues: "one" },
    allowedDisorderMs: values.allowedDisorder,
    gapMs: values.sessionGap,
    late: values.late,
  };
}

/** The inputs as one name, for documents: what a stream's name is for a stream. */
function inputName(addresses: readonly InputAddress[]): string {
  return addresses
    .map((each) => (each.kind === "s3" ? `s3://${each.bucket}/${each.prefix}` : path.basename(each.path)))
    .join(", ");
}
