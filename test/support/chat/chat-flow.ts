/**
 * A random chat that flows into a stream for as long as a test wants, its event time running some hundred times faster
 * than the clock, so that sessions end all the time.
 *
 * 1. `sent` holds exactly the messages that the stream has taken.
 * 2. One put follows the other, so a shard holds its records in the order of the chat.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { PutRecordsCommand } from "@aws-sdk/client-kinesis";
import type { TestKinesis } from "../kinesis/server";
import { encodeMessage, putChat } from "../kinesis/producer";
import { type PlannedRecord, randomChat } from "./random-chat";
import { openShards } from "../kinesis/reshard";
import type { SentMessage } from "./sent";

const USERS = 40;
const MESSAGES_PER_USER = 720;
const RECORDS_PER_PUT = 10;
const PUT_INTERVAL_MS = 250;
const DAYS_AGO = 10;

export interface ChatFlowOptions {
  readonly kinesis: TestKinesis;
  readonly stream: string;
  readonly seed: number;
  readonly disorderMs: number;
  /** Default 250 ms: then the chat lasts twelve minutes. */
  readonly putIntervalMs?: number;
}

export class ChatFlow {
  readonly sent: SentMessage[] = [];
  /** The newest event time put so far. A session that begins after it holds only messages that are still to come. */
  newestMs = 0;
  private readonly records: readonly PlannedRecord[];
  private stopping = false;
  private failure: Error | undefined;
  private readonly flowing: Promise<void>;

  constructor(private readonly options: ChatFlowOptions) {
    const startMs = Date.now() - DAYS_AGO * 86_400_000;
    const shape = { users: USERS, messagesPerUser: MESSAGES_PER_USER, startMs, aggregated: 0.1 };
    this.records = randomChat(options.seed, { ...shape, disorderMs: options.disorderMs });
    this.flowing = this.flow();
    this.flowing.catch((error: unknown) => (this.failure = error as Error));
  }

  /** Stops putting, and ends all sessions: a message of today in every shard takes the watermark there. */
  async finish(): Promise<void> {
    this.stopping = true;
    await this.flowing;
    const { kinesis, stream } = this.options;
    const shards = await openShards(kinesis, stream);
    const Records = shards.map(({ ShardId, HashKeyRange }) => ({
      PartitionKey: "closing",
      ExplicitHashKey: HashKeyRange!.StartingHashKey,
      Data: encodeMessage({ userId: `closing ${ShardId}`, content: "the last one", timestampMs: Date.now() }),
    }));
    const { FailedRecordCount } = await kinesis.client.send(new PutRecordsCommand({ StreamName: stream, Records }));
    if (FailedRecordCount !== 0) throw new Error("closing messages were not put");
  }

  /** Throws when putting has failed, since a test that waits for these messages would wait in vain. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  stop(): void {
    this.stopping = true;
  }

  private async flow(): Promise<void> {
    const { kinesis, stream } = this.options;
    for (let next = 0; !this.stopping; next += RECORDS_PER_PUT) {
      const batch = this.records.slice(next, next + RECORDS_PER_PUT);
      if (batch.length === 0) throw new Error("the chat is over before the test is");
      const sent = await putChat(kinesis.client, stream, batch);
      this.sent.push(...sent);
      for (const { timestampMs } of sent) this.newestMs = Math.max(this.newestMs, timestampMs);
      await sleep(this.options.putIntervalMs ?? PUT_INTERVAL_MS);
    }
  }
}
