import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  IncreaseStreamRetentionPeriodCommand,
  type KinesisClient,
  ListTagsForStreamCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-kinesis";
import { type BackOff, retrying, unlessFailed } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { putMessages } from "../../io/kinesis/write";
import { type SampleChat, sampleChat } from "./chat";

/** Tag on the stream that tells how far its feeding got, so that it holds the sample once or not at all. */
const TAG = "chat-sessions.sample";
/** Counted up with every sample that has other fields, so that an older one is replaced. */
const FED = "fed 3";
type FeedState = "feeding" | typeof FED | "none" | "older";

/** The longest retention that kinesalite has. */
const RETENTION_HOURS = 168;
const STATUS_POLL: BackOff = { baseMs: 20, capMs: 20, jitter: 0 };
const MAX_STATUS_POLLS = 500;

export interface EmbeddedStream {
  readonly isNew: boolean;
  /** Messages of the sample chat in the stream, malformed ones too; undefined without the sample. */
  readonly sampleMessages?: number;
  /** True when the stream is so old that its messages have expired. */
  readonly hasExpired?: boolean;
}

/**
 * Makes the embedded stream: creates it when missing, and feeds the sample chat into a new one, before anyone reads it.
 * A stream whose feeding was interrupted, or that has an older version's sample, is deleted and made again.
 */
export async function ensureStream(
  client: KinesisClient,
  streamName: string,
  shards: number,
  seed: number | undefined,
): Promise<EmbeddedStream> {
  const state = await feedState(client, streamName);
  if (state === "feeding" || state === "older") {
    await client.send(new DeleteStreamCommand({ StreamName: streamName }));
    await untilStatus(client, streamName, undefined);
  }
  if (state === FED || state === "none") {
    if (state === "none") return { isNew: false };
    const { StreamDescriptionSummary: stream } = await client.send(
      new DescribeStreamSummaryCommand({ StreamName: streamName }),
    );
    const ageMs = Date.now() - (stream?.StreamCreationTimestamp?.getTime() ?? 0);
    const hasExpired = ageMs > RETENTION_HOURS * 3_600_000;
    return { isNew: false, sampleMessages: sizeOf(sampleChat(seed ?? 0)), hasExpired };
  }
  await client.send(new CreateStreamCommand({ StreamName: streamName, ShardCount: shards }));
  await untilStatus(client, streamName, "ACTIVE");
  await client.send(
    new IncreaseStreamRetentionPeriodCommand({ StreamName: streamName, RetentionPeriodHours: RETENTION_HOURS }),
  );
  await untilStatus(client, streamName, "ACTIVE");
  if (seed === undefined) {
    await tag(client, streamName, "none");
    return { isNew: true };
  }
  const chat = sampleChat(seed);
  await tag(client, streamName, "feeding");
  await putMessages(client, streamName, chat.records);
  await tag(client, streamName, FED);
  return { isNew: true, sampleMessages: sizeOf(chat) };
}

/** The number that a job shows as read when it has read all of the sample. */
function sizeOf({ messageCount, malformedCount }: SampleChat): number {
  return messageCount + malformedCount;
}

/**
 * Reads the stream's tag; undefined when there is no such stream. A stream without the tag was made by someone else.
 */
async function feedState(client: KinesisClient, streamName: string): Promise<FeedState | undefined> {
  try {
    const { Tags } = await client.send(new ListTagsForStreamCommand({ StreamName: streamName }));
    const value = Tags?.find(({ Key }) => Key === TAG)?.Value;
    if (value === "fed" || value === "fed 2") return "older";
    return value === "feeding" || value === FED ? value : "none";
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function tag(client: KinesisClient, streamName: string, state: FeedState): Promise<void> {
  await client.send(new AddTagsToStreamCommand({ StreamName: streamName, Tags: { [TAG]: state } }));
}

/** Waits for a status; for undefined, until the stream is gone. */
async function untilStatus(client: KinesisClient, streamName: string, wanted: string | undefined): Promise<void> {
  const look = () =>
    client.send(new DescribeStreamSummaryCommand({ StreamName: streamName })).then(
      (answer) => answer.StreamDescriptionSummary?.StreamStatus,
      (error: unknown) => {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      },
    );
  const decide = unlessFailed<string | undefined, void>((status) =>
    status === wanted ? { kind: "done", value: undefined } : { kind: "again", why: status ?? "gone" },
  );
  await retrying(look, decide, {
    backOff: STATUS_POLL,
    bounds: {
      maxAttempts: MAX_STATUS_POLLS,
      giveUp: () => {
        throw new JobError("LOCAL_SERVICE", `The stream ${streamName} of the embedded Kinesis did not become ready.`);
      },
    },
  });
}
