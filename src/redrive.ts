import { type AsyncDoFn, type AsyncElement, asyncParDo, P, registerForSerialization } from "./beam/authoring";
import type { Runner } from "./beam/runner";
import { flatten, impulse, Pipeline, Root, withName } from "./beam/sdk";
import { kinesisRecordCoder } from "./coders/kinesis-record";
import { sessionPartCoder } from "./coders/session-part";
import { type OpenSearchClient, openSearchClient } from "./io/opensearch/client";
import {
  type DeadLetterEntry,
  type DeadLetterStore,
  readDeadLetters,
  settleRedriven,
} from "./io/opensearch/dead-letter-store";
import type { OpenSearchSettings } from "./io/opensearch/settings";
import type { DeadLetter, KinesisRecord, SessionPart } from "./model";
import { indexSessions, keepDeadLetters, type PipelineSettings, sessionsOf } from "./pipeline";
import { MessageEventTime } from "./steps/parse-messages";
import { partOfLetter } from "./steps/part-of-letter";
import type { MessageSettings } from "./steps/settings";

type RedriveOutputs = { records: KinesisRecord; parts: SessionPart };

/** Emits the letters as what they were: records at their event times, session parts at their ends. */
class ReadLetters implements AsyncDoFn<Uint8Array, RedriveOutputs> {
  readonly pool = "redrive.read";
  readonly maxConcurrentCalls = 1;
  private client!: OpenSearchClient;

  constructor(
    private readonly openSearch: OpenSearchSettings,
    private readonly messages: MessageSettings,
    private readonly entries: readonly DeadLetterEntry[],
  ) {}

  setup(): void {
    this.client = openSearchClient(this.openSearch.connection);
  }

  teardown(): Promise<void> {
    return this.client.close();
  }

  async process([impulse]: readonly AsyncElement<Uint8Array, RedriveOutputs>[]): Promise<void> {
    const eventTime = new MessageEventTime(this.messages);
    const emit = impulse!.emit;
    const store = { client: this.client, index: this.openSearch.deadLetterIndex };
    for await (const { letter } of readDeadLetters(store, this.entries)) {
      if (letter.kind === "session") {
        await emit("parts", partOfLetter(letter), letter.timestampMs);
      } else {
        const record = recordOf(letter);
        await emit("records", record, eventTime.eventTimeMs(record) ?? record.arrivalMs);
      }
    }
  }
}

/** The job with dead letters as its source. What fails again is written again, under the same id. */
export function buildRedrive(root: Root, entries: readonly DeadLetterEntry[], settings: PipelineSettings): void {
  const read = new ReadLetters(settings.openSearch, settings.messages, entries);
  const letters = P(root.apply(impulse())).apply(
    asyncParDo("readDeadLetters", read, { records: kinesisRecordCoder, parts: sessionPartCoder }),
  );
  const sessions = sessionsOf(letters.records, settings);
  const parts = P([sessions.parts, letters.parts]).apply(withName("parts", flatten<SessionPart>()));
  const indexed = indexSessions(parts, settings);
  keepDeadLetters([sessions.deadLetters, ...indexed.deadLetters], settings);
}

/**
 * Runs the letters of `store` through the job again; those that succeed are deleted, those that fail again stay, with one attempt
 * more. Killed at any time, it can be repeated: documents and letters keep their ids.
 */
export async function redrive(
  store: DeadLetterStore,
  entries: readonly DeadLetterEntry[],
  settings: PipelineSettings,
  runner: Runner,
): Promise<{ readonly succeeded: number; readonly failedAgain: number }> {
  const pipeline = new Pipeline();
  buildRedrive(new Root(pipeline), entries, settings);
  await (
    await runner.run(pipeline.getProto())
  ).finished;
  return settleRedriven(store, entries);
}

function recordOf(letter: DeadLetter): KinesisRecord {
  return { position: letter.position, arrivalMs: letter.timestampMs, data: letter.payload };
}

registerForSerialization("redrive", { ReadLetters });
