import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from "@aws-sdk/client-kinesis";
import { type BackOff, type Decision, retrying, unlessAnswered, unlessFailed } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { clockAdvice, clockWarning, watchClock } from "../aws/clock";
import { credentialsAdvice } from "../aws/credentials";
import { failureOf } from "../aws/failure";
import { kindOf } from "../aws/kind";
import { kinesisClient } from "./client";
import { log, loopDecision } from "./keep-trying";
import { decide, KINESIS_BACK_OFF, type KinesisCall } from "./retry";
import type { KinesisReadSettings } from "./settings";

/** At the start a person waits, so a service that does not answer is named soon; a running job waits for it. */
const MAX_ATTEMPTS = 3;
/** A stream that is being created becomes active within seconds. */
const CREATION_TIMEOUT_MS = 60_000;
const CREATION_POLL: BackOff = { baseMs: 1_000, capMs: 1_000, jitter: 0 };

type Target = Pick<KinesisReadSettings, "connection" | "streamName"> &
  Partial<Pick<KinesisReadSettings, "allowedDisorderMs">>;

/**
 * Makes each of the four calls that reading needs once. Rejects with a `JobError`: NO_CREDENTIALS, ACCESS_DENIED,
 * STREAM_NOT_FOUND or SERVICE_UNREACHABLE. Waits for a stream that is being created. Logs that this machine's clock is
 * off by more than the allowed disorder, where one is given.
 */
export async function checkStream(target: Target): Promise<void> {
  const client = kinesisClient(target.connection);
  const aheadMs = watchClock(client);
  try {
    await checkWith(client, target);
    const words = clockWarning("Kinesis", aheadMs() ?? 0, target.allowedDisorderMs);
    if (words !== undefined) log.warn({ aheadMs: aheadMs() }, words);
  } finally {
    client.destroy();
  }
}

async function checkWith(client: KinesisClient, target: Target): Promise<void> {
  const { streamName } = target;
  await becomeActive(client, target);
  const { Shards } = await callAtStart(target, "ListShards", () =>
    client.send(new ListShardsCommand({ StreamName: streamName, MaxResults: 1 })),
  );
  const ShardId = Shards?.[0]?.ShardId;
  if (ShardId === undefined)
    throw new JobError("STREAM_NOT_FOUND", `The Kinesis stream "${streamName}" has no shards.`);
  const { ShardIterator } = await callAtStart(target, "GetShardIterator", () =>
    client.send(new GetShardIteratorCommand({ StreamName: streamName, ShardId, ShardIteratorType: "LATEST" })),
  );
  await callAtStart(target, "GetRecords", () => client.send(new GetRecordsCommand({ ShardIterator, Limit: 1 })));
}

/** Resolves when the stream may be read. */
async function becomeActive(client: KinesisClient, target: Target): Promise<void> {
  const { streamName } = target;
  const describe = () => client.send(new DescribeStreamCommand({ StreamName: streamName, Limit: 1 }));
  await retrying(
    () => callAtStart(target, "DescribeStream", describe),
    unlessFailed(({ StreamDescription }) => decideStatus(StreamDescription?.StreamStatus, streamName)),
    {
      backOff: CREATION_POLL,
      bounds: {
        maxDurationMs: CREATION_TIMEOUT_MS,
        giveUp: ({ why }) => {
          throw unusable(streamName, why);
        },
      },
    },
  );
}

/** Decides about a stream in this status. */
export function decideStatus(status: string | undefined, streamName: string): Decision<undefined> {
  if (status === "ACTIVE" || status === "UPDATING") return { kind: "done", value: undefined };
  if (status === "CREATING") return { kind: "again", why: status };
  return { kind: "fatal", error: unusable(streamName, status ?? "in an unknown state") };
}

function unusable(streamName: string, state: string): JobError {
  return new JobError("STREAM_NOT_FOUND", `The Kinesis stream "${streamName}" is ${state}: choose one that is active.`);
}

/**
 * Makes one call for a person who waits, and tries it again for some seconds. Rejects with a `JobError` of one sentence
 * on how to mend it; with SERVICE_UNREACHABLE when Kinesis throttles all the time.
 */
export function callAtStart<T>(
  target: Target,
  operation: KinesisCall["operation"],
  send: () => Promise<T>,
): Promise<T> {
  return retrying(
    send,
    unlessAnswered((error, { failures }) => decideAtStart(error, operation, target, failures)),
    { backOff: KINESIS_BACK_OFF },
  );
}

/** Decides after `failures` in a row of the same call. */
export function decideAtStart(
  error: unknown,
  operation: KinesisCall["operation"],
  { connection, streamName }: Target,
  failures: number,
): Exclude<Decision<never>, { kind: "done" }> {
  const failure = failureOf(error);
  const kind = kindOf(failure);
  // A running job waits for its credentials to come back; one that never had any fails and says so.
  if (kind === "credentialsMissing") {
    return {
      kind: "fatal",
      error: new JobError("NO_CREDENTIALS", credentialsAdvice(kind, "Kinesis", failure.name), { cause: error }),
    };
  }
  const decision = decide(error, { operation, streamName });
  // Throttling proves that the stream exists and may be read, so a check is patient with it.
  const maxAttempts = decision.kind === "retry" && decision.cause === "throttled" ? 2 * MAX_ATTEMPTS : MAX_ATTEMPTS;
  if (decision.kind === "fatal" || failures < maxAttempts) return loopDecision(error, { operation, streamName });
  if (kind === "clockOff") {
    const sentence = clockAdvice("Kinesis", failure.name, failure.clockAheadMs);
    return { kind: "fatal", error: new JobError("NO_CREDENTIALS", sentence, { cause: error }) };
  }
  if (decision.kind === "retry" && decision.cause === "throttled") {
    const sentence = `Kinesis throttles ${operation} on the stream "${streamName}" (${failure.name}), which is temporary: try again in a minute, or have other readers of the stream ask less often, since all of them share five calls a second and shard.`;
    return { kind: "fatal", error: new JobError("SERVICE_UNREACHABLE", sentence, { cause: error }) };
  }
  const where = connection.endpoint ?? `its endpoint in ${connection.region}`;
  return {
    kind: "fatal",
    error: new JobError(
      "SERVICE_UNREACHABLE",
      `Kinesis does not answer at ${where} (${failure.name}): check the address, the region and the network.`,
      { cause: error },
    ),
  };
}
