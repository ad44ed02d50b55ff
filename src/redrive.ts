import {
  type AsyncDoFn,
  type AsyncElement,
  asyncParDo,
  flatten,
  impulse,
  P,
  protoOf,
  registerForSerialization,
  type Root,
  type Runner,
  withName,
} from "./beam";
import { kinesisRecordCoder } from "./chat/coders/kinesis-record";
import { sessionPartCoder } from "./chat/coders/session-part";
import { type OpenSearchClient, openSearchClient } from "./io/opensearch/client";
import {
  type DeadLetterEntry,
  type DeadLetterStore,
  readDeadLetters,
  settleRedriven,
} from "./io/opensearch/dead-letter-store";
import type { OpenSearchSettings } from "./io/opensearch/settings";
import type { DeadLetter, KinesisRecord, SessionPart } from "./chat/model";
import { indexSessions, keepDeadLetters, type PipelineSettings, sessionsOf } from "./pipeline";
import { MessageEventTime } from "./chat/steps/parse-messages";
import { partOfLetter } from "./chat/steps/part-of-letter";
import type { MessageSettings } from "./chat/steps/settings";

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

/** What one run may hold in memory: what is known of its letters, and their messages until all of them are read. */
export interface RoundBounds {
  readonly maxLetters: number;
  readonly maxBytes: number;
}

const ROUND: RoundBounds = { maxLetters: 10_000, maxBytes: 67_108_864 };

export interface Redriven {
  readonly redriven: number;
  readonly succeeded: number;
  readonly failedAgain: number;
}

/**
 * Runs letters through the job again, oldest first; those that succeed are deleted, those that fail again stay, with one
 * attempt more. Killed at any time, it can be repeated: documents and letters keep their ids. Many letters are run in
 * rounds; messages of one session whose letters fall into two rounds become two sessions. `say` is told of each round.
 */
export async function redrive(
  store: DeadLetterStore,
  entries: AsyncIterable<DeadLetterEntry>,
  settings: PipelineSettings,
  runner: Runner,
  say: (line: string) => void = () => undefined,
  bounds: RoundBounds = ROUND,
): Promise<Redriven> {
  const total = { redriven: 0, succeeded: 0, failedAgain: 0 };
  for await (const round of inRounds(entries, bounds)) {
    say(`Running ${round.length} ${round.length === 1 ? "dead letter" : "dead letters"} through the job again …`);
    const run = await runner.run(protoOf((root) => buildRedrive(root, round, settings)));
    await run.finished;
    const { succeeded, failedAgain } = await settleRedriven(store, round);
    total.redriven += round.length;
    total.succeeded += succeeded;
    total.failedAgain += failedAgain;
  }
  return total;
}

async function* inRounds(
  entries: AsyncIterable<DeadLetterEntry>,
  { maxLetters, maxBytes }: RoundBounds,
): AsyncGenerator<readonly DeadLetterEntry[]> {
  let round: DeadLetterEntry[] = [];
  let bytes = 0;
  for await (const entry of entries) {
    if (round.length > 0 && (round.length === maxLetters || bytes + entry.payloadBytes > maxBytes)) {
      yield round;
      round = [];
      bytes = 0;
    }
    round.push(entry);
    bytes += entry.payloadBytes;
  }
  if (round.length > 0) yield round;
}

function recordOf(letter: DeadLetter): KinesisRecord {
  return { position: letter.position, arrivalMs: letter.timestampMs, data: letter.payload };
}

registerForSerialization("redrive", { ReadLetters });
