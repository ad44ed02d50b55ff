import { DescribeStreamSummaryCommand, type StreamDescriptionSummary } from "@aws-sdk/client-kinesis";
import { BeamError } from "../../src/beam/error";
import { JobError } from "../../src/chat/errors";
import { type Aws, call } from "./aws";

/** The facts of a stream; undefined when there is none of that name. */
export async function findStream(aws: Aws, name: string): Promise<StreamDescriptionSummary | undefined> {
  try {
    const answer = await call(
      `looking for the stream ${name}`,
      () => aws.streams.send(new DescribeStreamSummaryCommand({ StreamName: name })),
      ["ResourceNotFoundException"],
    );
    return answer.StreamDescriptionSummary;
  } catch (error) {
    if (error instanceof BeamError) throw error;
    return undefined;
  }
}

/** The user's stream, and the key that encrypts it unless that is AWS's own. Rejects with STREAM_NOT_FOUND. */
export async function ownStream(
  aws: Aws,
  name: string,
): Promise<{ readonly kind: "own"; readonly name: string; readonly keyArn: string | undefined }> {
  const found = await findStream(aws, name);
  if (found !== undefined) return { kind: "own", name, keyArn: keyArnOf(found.KeyId, found.StreamARN) };
  throw new JobError(
    "STREAM_NOT_FOUND",
    `There is no stream ${name} in ${aws.region}: check --stream and --region, or leave --own-stream out to have one made.`,
  );
}

/** Rejects with BAD_OPTION when the stream that the stack is to make exists already. */
export async function refuseExistingStream(aws: Aws, name: string): Promise<void> {
  if ((await findStream(aws, name)) === undefined) return;
  throw new JobError(
    "BAD_OPTION",
    `There is a stream ${name} in ${aws.region} already: add --own-stream to read it, or give another --stream.`,
  );
}

/** The key's ARN, since rights need it; a key may be given by its ARN, its id or an alias. */
function keyArnOf(key: string | undefined, streamArn: string | undefined): string | undefined {
  if (key === undefined || key.includes("alias/")) {
    if (key === undefined || key.endsWith("alias/aws/kinesis")) return undefined;
    throw new JobError(
      "BAD_OPTION",
      "The stream is encrypted with a key that is named by an alias: give the stream the key's ARN, so that the job can be allowed to use that key alone.",
    );
  }
  if (key.startsWith("arn:")) return key;
  const [, partition, , region, account] = (streamArn ?? "").split(":");
  return `arn:${partition}:kms:${region}:${account}:key/${key}`;
}
