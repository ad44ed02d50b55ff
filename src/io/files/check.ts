/** Lists the inputs at the start, before anything runs; each refusal is one sentence. */
import { JobError } from "../../chat/errors";
import { inNameOrder } from "./listing";
import { listLocal } from "./list-local";
import { listS3 } from "./list-s3";
import type { InputAddress, ListedFile, S3Connection } from "./settings";

/** A longer list would not fit into one message to Flink, with its names and versions. */
const MAX_FILES = 100_000;

/**
 * All files of the inputs, in the order of reading. Rejects with a `JobError`: INPUT_NOT_FOUND for an input without a
 * readable file, ACCESS_DENIED, NO_CREDENTIALS or SERVICE_UNREACHABLE.
 */
export async function listInputs(
  inputs: readonly InputAddress[],
  connection: S3Connection,
): Promise<readonly ListedFile[]> {
  const local = inputs.flatMap((input) => (input.kind === "local" ? [input.path] : []));
  const s3 = inputs.flatMap((input) => (input.kind === "s3" ? [input] : []));
  const files = inNameOrder([...(await listLocal(local)), ...(await listS3(s3, connection))]);
  if (files.length > MAX_FILES) {
    const sentence = `--input has ${files.length} files, more than ${MAX_FILES}: give longer prefixes or smaller folders, and run the job for each.`;
    throw new JobError("INPUT_NOT_FOUND", sentence);
  }
  const twice = files.find(({ name }, index) => name === files[index + 1]?.name);
  if (twice === undefined) return files;
  const sentence = `Two inputs have a file ${twice.name}, which dead letters could not tell apart: run the job for each of them.`;
  throw new JobError("INPUT_NOT_FOUND", sentence);
}
