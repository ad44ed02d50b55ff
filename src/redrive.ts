import { asyncDoFn, type AsyncElement, flatten, impulse, protoOf, type Root, type Runner } from "./beam";
import { deliverAlerts, messageLane, receiversOf } from "./alerts";
import type { Alert } from "./chat/alerts/alert";
import { type ReceiverName, undeliveredOf } from "./chat/alerts/letters";
import { alertCoder } from "./chat/coders/alert";
import { deadLetterCoder } from "./chat/coders/dead-letter";
import { sourceRecordCoder } from "./chat/coders/source-record";
import { sessionCoder } from "./chat/coders/session";
import { sharedOpenSearchClient } from "./io/opensearch/requests/client";
import {
  countDeadLetters,
  type DeadLetterEntry,
  type DeadLetterFilter,
  type DeadLetterStore,
  listDeadLetters,
  readDeadLetters,
} from "./io/opensearch/letters/dead-letter-store";
import { inRounds, redrivable, ROUND, type RoundBounds, wholeOnes } from "./io/opensearch/letters/letter-rounds";
import type { OpenSearchSettings } from "./io/opensearch/settings";
import { settleRedriven } from "./io/opensearch/letters/settle-letters";
import type { DeadLetter, Session, SourceRecord } from "./chat/model";
import { privateLetterKey } from "./chat/privacy/letter-key";
import type { PrivacySettings } from "./chat/privacy/settings";
import { indexSessions, keepDeadLetters, type PipelineSettings } from "./pipeline";
import { groupSessions } from "./chat/steps/sessions/group-sessions";
import { parseMessage } from "./io/parse-messages";
import { redactorFor } from "./io/redactor";
import { unpackRecord } from "./chat/steps/records/unpack-records";
import { partOfLetter } from "./chat/steps/letters/part-of-letter";

type RedriveOutputs = {
  records: SourceRecord;
  sessions: Session;
  webhook: Alert;
  eventbridge: Alert;
  /** Letters that cannot be tried again with these settings, as they are. */
  deadLetters: DeadLetter;
};

interface ReadSettings {
  readonly openSearch: OpenSearchSettings;
  readonly entries: readonly DeadLetterEntry[];
  /** Receivers of alerts that the job has. */
  readonly receivers: readonly ReceiverName[];
  readonly privacy?: PrivacySettings | undefined;
  /** File of the key that opens sealed letters. */
  readonly privateKeyFile?: string | undefined;
}

/**
 * Emits the letters in their original form: sessions at their ends, records at the beginning of time, to be parsed, and
 * alerts to their own receivers.
 */
const readLetters = asyncDoFn("readDeadLetters", {
  outputs: {
    records: sourceRecordCoder,
    sessions: sessionCoder,
    webhook: alertCoder,
    eventbridge: alertCoder,
    deadLetters: deadLetterCoder,
  },
  calls: { maxConcurrentCalls: 1 },
  async open({ openSearch, entries, receivers, privacy, privateKeyFile }: ReadSettings, { shared }) {
    const redactor = await redactorFor(privacy, shared);
    const client = sharedOpenSearchClient(shared, openSearch.connection);
    const key = privateKeyFile === undefined ? {} : { privateKey: privateLetterKey(privateKeyFile) };
    const store = { client, index: openSearch.deadLetterIndex, ...key };
    return {
      async process([impulse]: readonly AsyncElement<Uint8Array, RedriveOutputs>[]) {
        const emit = impulse!.emit;
        for await (const { letter } of readDeadLetters(store, entries)) {
          if (letter.kind === "session") {
            await emit("sessions", redactor.session(partOfLetter(letter)), letter.timestampMs);
          } else if (letter.kind === "record") await emit("records", recordOf(letter));
          else {
            const { receiver, alert } = undeliveredOf(letter);
            if (receivers.includes(receiver)) await emit(receiver, alert);
            else await emit("deadLetters", letter);
          }
        }
      },
    };
  },
});

/** Builds the job with dead letters as its source. Letters that fail again are written again, under the same id. */
export function buildRedrive(
  root: Root,
  entries: readonly DeadLetterEntry[],
  settings: PipelineSettings,
  privateKeyFile?: string,
): void {
  const { openSearch, messages, alerts } = settings;
  const receivers = receiversOf(alerts);
  const reading = { openSearch, entries, receivers, privacy: messages.privacy, privateKeyFile };
  const letters = root.apply(impulse()).apply(readLetters(reading));
  const unpacked = letters.records.apply(unpackRecord(settings.messages));
  const parsed = unpacked.main.apply(parseMessage(settings.messages));
  const told = messageLane({ messages: parsed.main }, settings);
  const sessions = parsed.main.apply(groupSessions(settings.sessions));
  const indexed = indexSessions(flatten([sessions, letters.sessions], "allSessions"), settings);
  const delivered = deliverAlerts([told, indexed.alerts], settings, letters);
  const refused = [letters.deadLetters, unpacked.deadLetters, parsed.deadLetters];
  keepDeadLetters([...refused, ...indexed.deadLetters, ...delivered.deadLetters], settings);
}

export interface Redriven {
  readonly redriven: number;
  readonly succeeded: number;
  readonly failedAgain: number;
  /** Letters that were left as they are, since the rest of their record is not in them. */
  readonly truncated: number;
}

interface RedriveOptions {
  readonly bounds?: RoundBounds;
  /** File of the key that opens sealed letters. */
  readonly privateKeyFile?: string | undefined;
  /** Told before each round how many letters it has. */
  readonly onRound?: (letters: number) => void;
  /** Told after each round of all that were redriven so far. */
  readonly onSettled?: (sums: Redriven) => void;
  /** Ends the run; letters of its round stay as they are. */
  readonly signal?: AbortSignal;
}

/**
 * Runs letters through the job again, oldest first; those that succeed are deleted, those that fail again stay, with
 * one attempt more. Those that hold a record's beginning only stay as they are. It can be repeated after a kill at any
 * time, since documents and letters keep their ids. Many letters are run in rounds; messages of one session whose
 * letters fall into two rounds become two sessions. Rejects with the signal's reason when that ends it.
 */
export async function redrive(
  store: DeadLetterStore,
  entries: AsyncIterable<DeadLetterEntry>,
  settings: PipelineSettings,
  runner: Runner,
  { bounds = ROUND, privateKeyFile, onRound, onSettled, signal }: RedriveOptions = {},
): Promise<Redriven> {
  const total = { redriven: 0, succeeded: 0, failedAgain: 0, truncated: 0 };
  const whole = wholeOnes(entries, () => void total.truncated++);
  for await (const round of inRounds(whole, bounds)) {
    signal?.throwIfAborted();
    onRound?.(round.length);
    const run = await runner.run(await protoOf((root) => buildRedrive(root, round, settings, privateKeyFile)));
    const cancel = (): void => void run.cancel().catch(() => undefined);
    signal?.addEventListener("abort", cancel);
    if (signal?.aborted === true) cancel();
    await run.finished.finally(() => signal?.removeEventListener("abort", cancel));
    // After a cancel, a letter that was not written again may not have been tried: it must not be taken for mended.
    signal?.throwIfAborted();
    const { succeeded, failedAgain } = await settleRedriven(store, round);
    total.redriven += round.length;
    total.succeeded += succeeded;
    total.failedAgain += failedAgain;
    onSettled?.({ ...total });
  }
  return total;
}

interface RedrivenByFilter extends Redriven {
  /** Letters without content, by policy, which cannot be redriven. */
  readonly dropped: number;
  /** Letters that the store's key does not open, which were left as they are. */
  readonly sealed: number;
}

export interface RedriveFilteredOptions extends RedriveOptions {
  readonly limit?: number | undefined;
  /** True where nobody can give another key: letters that the store's key does not open are left. */
  readonly leaveSealed?: boolean;
}

/**
 * Redrives the letters that pass a filter and are there now, at most `limit`. Rejects as `redrive` does, and with
 * BAD_OPTION at a sealed letter that the store's key does not open, unless such ones are left.
 */
export async function redriveFiltered(
  store: DeadLetterStore,
  filter: DeadLetterFilter,
  settings: PipelineSettings,
  runner: Runner,
  { limit = Number.POSITIVE_INFINITY, leaveSealed = false, ...options }: RedriveFilteredOptions = {},
): Promise<RedrivenByFilter> {
  // A job that runs meanwhile may write letters faster than they are redriven.
  const count = Math.min(limit, await countDeadLetters(store, filter));
  const left = { dropped: 0, sealed: 0 };
  const entries = redrivable(listDeadLetters(store, filter, count), store, leaveSealed, (why) => void left[why]++);
  const redriven = await redrive(store, entries, settings, runner, options);
  return { ...redriven, ...left };
}

function recordOf(letter: DeadLetter): SourceRecord {
  return { position: letter.position, arrivalMs: letter.timestampMs, data: letter.payload };
}
