import type { GetShardIteratorCommandInput } from "@aws-sdk/client-kinesis";
import type { ShardPosition } from "./restriction";

type IteratorRequest = Pick<GetShardIteratorCommandInput, "ShardIteratorType" | "StartingSequenceNumber" | "Timestamp">;

/** The request to GetShardIterator that makes the first record that is not done come first. */
export function iteratorRequest(position: ShardPosition): IteratorRequest {
  switch (position.kind) {
    case "horizon":
      return { ShardIteratorType: "TRIM_HORIZON" };
    case "timestamp":
      return { ShardIteratorType: "AT_TIMESTAMP", Timestamp: new Date(position.atMs) };
    case "after":
      return { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: position.sequenceNumber };
    case "within":
      return { ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber: position.sequenceNumber };
  }
}
