/** The ends of a run whose shards are gone. */
import { JobError } from "../../chat/errors";

export function listedInVain(shardId: string, streamName: string): JobError {
  return new JobError(
    "STREAM_NOT_FOUND",
    `The stream "${streamName}" lists the shard ${shardId} and does not find it: start the job again.`,
  );
}

export function expired(shardId: string, streamName: string): JobError {
  return new JobError(
    "STREAM_NOT_FOUND",
    `The stream "${streamName}" no longer holds what follows shard ${shardId}: the job stood still for longer than the stream's retention; start it anew.`,
  );
}
