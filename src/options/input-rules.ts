/** Rules between --input and the other options; each returns the sentence that refuses, or nothing. */
import type { Given } from "./given";
import { HOUR_MS, isOnThisMachine } from "./kinds";
import { flagName } from "./spec";
import type { OptionKey } from "./table";

/** Options that have no meaning without a stream. */
const OF_STREAMS: readonly OptionKey[] = [
  ...(["stream", "kinesisEndpoint", "startPosition", "startTime", "until", "maxPolls", "idleTimeout"] as const),
  ...(["shards", "sample"] as const),
];

/** The longest disorder of a stream, whose shards would hold sessions back for as long. */
const MAX_STREAM_DISORDER_MS = HOUR_MS;

export const INPUT_RULES: readonly ((given: Given) => string | false | undefined)[] = [
  ({ values, origins }) => {
    const stray = OF_STREAMS.find((key) => origins[key] === "flag");
    if (values.input === undefined || stray === undefined) return undefined;
    return `--${flagName(stray)} is about a stream, and --input reads files in its place: leave one of them out.`;
  },
  ({ values, origins }) =>
    values.input === undefined &&
    origins.s3Endpoint === "flag" &&
    "--s3-endpoint is only of use with --input s3://bucket/prefix.",
  ({ values }) =>
    values.input !== undefined &&
    values.fromSavepoint !== undefined &&
    "--from-savepoint contradicts --input, whose files have an end: leave one of them out.",
  ({ values }) =>
    values.input !== undefined &&
    values.flinkMaster !== undefined &&
    !isOnThisMachine(values.flinkMaster) &&
    values.input.some(({ kind }) => kind === "local") &&
    "A cluster on other machines cannot read files of this one: put them in S3, and give --input s3://bucket/prefix.",
  ({ values }) =>
    values.input === undefined &&
    values.allowedDisorder > MAX_STREAM_DISORDER_MS &&
    "--allowed-disorder must be at most 1h for a stream, which would hold its sessions open for as long.",
];
