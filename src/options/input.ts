/** The options of reading files in place of a stream. */
import path from "node:path";
import type { InputAddress } from "../io/files/settings";
import { endpoint, type Kind } from "./kinds";
import { optional } from "./spec";

const S3_ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;

/** Addresses, one a line. Paths become absolute, because workers have other working folders. */
const inputs: Kind<readonly InputAddress[]> = {
  placeholder: "address",
  range: "file, folder or s3://bucket/prefix; repeatable, in the variable one a line",
  parse(given) {
    const addresses = given.split("\n").filter((line) => line.trim() !== "");
    const parsed = addresses.map(parseInput);
    const isWhole = parsed.length > 0 && parsed.every((address) => address !== undefined);
    return isWhole ? { value: parsed } : { mustBe: "a file, a folder, or an address such as s3://bucket/prefix" };
  },
};

/** A single address, such as the place of receipts. */
export const inputAddress: Kind<InputAddress> = {
  placeholder: "address",
  range: "folder or s3://bucket/prefix",
  parse(given) {
    const address = given.includes("\n") ? undefined : parseInput(given);
    return address === undefined
      ? { mustBe: "a folder, or an address such as s3://bucket/prefix" }
      : { value: address };
  },
};

function parseInput(given: string): InputAddress | undefined {
  const s3 = S3_ADDRESS.exec(given);
  if (s3 !== null) return { kind: "s3", bucket: s3[1]!, prefix: s3[2] ?? "" };
  return /^[a-z0-9]+:\/\//i.test(given) ? undefined : { kind: "local", path: path.resolve(given) };
}

export const INPUT = {
  input: optional(inputs, "Read these files in place of the stream, in the order of their names, and end", {
    otherwise: "the Kinesis stream",
    isRepeatable: true,
  }),
  s3Endpoint: optional(endpoint(["aws"]), "Where S3 is: the region's own (aws), or an address", {
    otherwise: "aws",
    alsoEnvironment: ["AWS_ENDPOINT_URL_S3"],
  }),
} as const;
