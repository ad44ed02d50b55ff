import type { Deployment, StreamSettings } from "../settings";
import { arn, attribute, type Resources, TAGS } from "./document";

/** Logical id, by which commands find the stream in a template. */
export const STREAM = "Stream";

/**
 * The retention is left at its default, a day: CloudFormation would demand rights to change it from whoever deploys.
 */
export function streamResources({ stream, kmsKeyArn }: Pick<Deployment, "stream" | "kmsKeyArn">): Resources {
  if (stream.kind === "own") return {};
  const mode =
    stream.shards === undefined
      ? { StreamModeDetails: { StreamMode: "ON_DEMAND" } }
      : { StreamModeDetails: { StreamMode: "PROVISIONED" }, ShardCount: stream.shards };
  return {
    [STREAM]: {
      Type: "AWS::Kinesis::Stream",
      DeletionPolicy: "Delete",
      UpdateReplacePolicy: "Retain",
      Properties: {
        Name: stream.name,
        ...mode,
        // Encrypts private chats at rest too. The service's own key costs nothing.
        StreamEncryption: { EncryptionType: "KMS", KeyId: kmsKeyArn ?? "alias/aws/kinesis" },
        Tags: TAGS,
      },
    },
  };
}

export function streamArn(stream: StreamSettings): unknown {
  return stream.kind === "new" ? attribute(STREAM, "Arn") : arn("kinesis", `stream/${stream.name}`);
}
