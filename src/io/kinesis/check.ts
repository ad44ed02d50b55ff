import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from "@aws-sdk/client-kinesis";
import { setTimeout as sleep } from "node:timers/promises";
import { JobError } from "../../chat/errors";
import { kinesisClient } from "./client";
import { decide, errorName, type FailedCall } from "./retry";
import type { KinesisReadSettings } from "./settings";

/** At the start a person waits, so a service that does not answer is named soon; once running, it is waited for. */
const MAX_ATTEMPTS = 3;
/** A stream that is being created becomes active within seconds. */
const CREATION_TIMEOUT_MS = 60_000;
const CREATION_POLL_MS = 1_000;

type Target = Pick<KinesisReadSettings, "connection" | "streamName">;

/**
 * Makes each of the four calls that reading needs once. Rejects with a `JobError`: NO_CREDENTIALS, ACCESS_DENIED,
 * STREAM_NOT_FOUND or SERVICE_UNREACHABLE. A stream that is just being created is waited for.
 */
export async function checkStream(target: Target): Promise<void> {
  const client = kinesisClient(target.connection);
  const { streamName } = target;
  await becomeActive(client, target);
  const { Shards } = await call(target, "ListShards", () =>
    client.send(new ListShardsCommand({ StreamName: streamName, MaxResults: 1 })),
  );
  const ShardId = Shards?.[0]?.ShardId;
  if (ShardId === undefined)
    throw new JobError("STREAM_NOT_FOUND", `The Kinesis stream "${streamName}" has no shards.`);
  const { ShardIterator } = await call(target, "GetShardIterator", () =>
    client.send(new GetShardIteratorCommand({ StreamName: streamName, ShardId, ShardIteratorType: "LATEST" })),
  );
  await call(target, "GetRecords", () => client.send(new GetRecordsCommand({ ShardIterator, Limit: 1 })));
}

async function becomeActive(client: KinesisClient, target: Target): Promise<void> {
  const { streamName } = target;
  const deadlineMs = Date.now() + CREATION_TIMEOUT_MS;
  for (;;) {
    const { StreamDescription } = await call(target, "DescribeStream", () =>
      client.send(new DescribeStreamCommand({ StreamName: streamName, Limit: 1 })),
    );
    const status = StreamDescription?.StreamStatus;
    if (status === "ACTIVE" || status === "UPDATING") return;
    if (status !== "CREATING" || Date.now() > deadlineMs) {
      throw new JobError(
        "STREAM_NOT_FOUND",
        `The Kinesis stream "${streamName}" is ${status ?? "in an unknown state"}: choose one that is active.`,
      );
    }
    await sleep(CREATION_POLL_MS);
  }
}

async function call<T>(
  { connection, streamName }: Target,
  operation: FailedCall["operation"],
  send: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (errorName(error) === "CredentialsProviderError") {
        throw new JobError(
          "NO_CREDENTIALS",
          "No AWS credentials were found for Kinesis: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role.",
          { cause: error },
        );
      }
      const decision = decide(error, { operation, streamName, attempt, random: Math.random() });
      if (decision.kind === "fatal") throw decision.error;
      // A throttled check says that the stream is there and may be read.
      if (attempt < MAX_ATTEMPTS || (decision.kind === "retry" && decision.throttled && attempt < 2 * MAX_ATTEMPTS)) {
        await sleep(decision.kind === "retry" ? decision.delayMs : 0);
        continue;
      }
      throw new JobError(
        "SERVICE_UNREACHABLE",
        `Kinesis does not answer at ${connection.endpoint ?? `its endpoint in ${connection.region}`} (${errorName(error)}): check the address, the region and the network.`,
        { cause: error },
      );
    }
  }
}
