/**
 * Every metric that is served: name and unit by OpenTelemetry's semantic conventions where they have one, and which of
 * the job's own metrics it comes from. docs/metrics.md is this table for people.
 */
import { ALERT_LATENCY } from "../chat/alerts/latency";
import { RECEIVERS, undeliveredCounter } from "../chat/alerts/letters";
import { DEAD_LETTER_CODES, type DeadLetterCode } from "../chat/errors";
import { FRESHNESS } from "../chat/steps/documents/count-written";
import { deadLetterCounter } from "../io/opensearch/letters/write-dead-letters";
import { CALL_ROWS } from "./call-rows";
import { counted, counter, type MetricRow, seconds } from "./row";

/** The job's own counters by the receiver of alerts that they belong to. */
const ALERT_RECEIVERS = { index: "alertsLogged", eventbridge: "alertsToEventBridge", webhook: "alertsToWebhook" };

export const METRICS: readonly MetricRow[] = [
  {
    kind: "counter",
    name: "messaging.client.consumed.messages",
    unit: "{message}",
    says: "Messages read from the stream",
    series: ({ stream }) =>
      stream === undefined
        ? []
        : [
            counted("read", {
              "messaging.system": "aws_kinesis",
              "messaging.operation.name": "GetRecords",
              "messaging.destination.name": stream,
            }),
          ],
  },
  ...CALL_ROWS,
  counter("chat_sessions.messages.read", "{message}", "Messages read from the stream or from files", "read"),
  counter("chat_sessions.messages.indexed", "{message}", "Messages in the documents written", "indexed"),
  counter(
    "chat_sessions.messages.already_indexed",
    "{message}",
    "Messages that the index held before",
    "alreadyIndexed",
  ),
  counter("chat_sessions.messages.duplicates", "{message}", "Messages that came more than once", "duplicates"),
  counter(
    "chat_sessions.messages.suppressed",
    "{message}",
    "Messages that were erased or are older than the retention",
    "suppressed",
  ),
  counter("chat_sessions.messages.late", "{message}", "Messages whose session was closed when they came", "tooLate"),
  counter("chat_sessions.messages.edits", "{message}", "Texts whose id another text of their session had", "edits"),
  counter(
    "chat_sessions.messages.unusable_ids",
    "{message}",
    "Messages whose id cannot be used, taken as messages without one",
    "unusableIds",
  ),
  counter(
    "chat_sessions.records.without_messages",
    "{record}",
    "Records in which --envelope and --messages-field find no message",
    "withoutMessages",
  ),
  {
    kind: "counter",
    name: "chat_sessions.dead_letters",
    unit: "{message}",
    says: "Messages that the dead letters written stand for",
    total: "deadLetters",
    series: () =>
      (Object.keys(DEAD_LETTER_CODES) as DeadLetterCode[]).map((code) =>
        counted(deadLetterCounter(code), { code, stage: DEAD_LETTER_CODES[code].stage }),
      ),
  },
  counter("chat_sessions.sessions.closed", "{session}", "Sessions closed", "sessions"),
  {
    kind: "gauge",
    name: "chat_sessions.sessions.open",
    unit: "{session}",
    says: "Sessions that may still grow; only the direct runner tells",
    series: () => [{ of: ({ openSessions }) => openSessions }],
  },
  {
    kind: "counter",
    name: "chat_sessions.documents.written",
    unit: "{document}",
    says: "Documents written to the index",
    series: ({ index }) => [counted("documents", { "db.collection.name": index })],
  },
  {
    kind: "histogram",
    name: "chat_sessions.freshness",
    unit: "s",
    per: 1_000,
    says: "Time from a session's closing by the watermark until OpenSearch has it",
    series: () => [{ spec: FRESHNESS }],
  },
  seconds("chat_sessions.lag", "Age of the newest record read, on the worst shard; 0 at the tip", "behindArrivalMs"),
  seconds("chat_sessions.stream.lag", "How far behind the stream's tip, by Kinesis itself", "millisBehindLatest"),
  seconds("chat_sessions.watermark.lag", "Time from the oldest shard's watermark to now", "watermarkLagMs"),
  counter("chat_sessions.alerts.raised", "{alert}", "Alerts raised by the rules", "alertsRaised"),
  counter(
    "chat_sessions.alerts.suppressed",
    "{alert}",
    "Alerts left out by a cool-down, or of what was erased or is too old",
    "alertsSuppressed",
  ),
  {
    kind: "counter",
    name: "chat_sessions.alerts.delivered",
    unit: "{alert}",
    says: "Alerts that a receiver has taken",
    series: () => Object.entries(ALERT_RECEIVERS).map(([receiver, source]) => counted(source, { receiver })),
  },
  {
    kind: "counter",
    name: "chat_sessions.alerts.undelivered",
    unit: "{alert}",
    says: "Alerts that became dead letters of their receiver",
    total: "alertsUndelivered",
    series: () => RECEIVERS.map((receiver) => counted(undeliveredCounter(receiver), { receiver })),
  },
  {
    kind: "histogram",
    name: "chat_sessions.alerts.latency",
    unit: "s",
    per: 1_000,
    says: "Time from a record's arrival until a receiver has taken an alert of its message",
    // A file's records have no arrival of their own.
    series: ({ stream }) =>
      stream === undefined
        ? []
        : Object.entries(ALERT_LATENCY).map(([receiver, spec]) => ({ labels: { receiver }, spec })),
  },
];

/** Throws when the table has no such metric. */
export function rowOf(name: string): MetricRow {
  const row = METRICS.find((each) => each.name === name);
  if (row === undefined) throw new Error(`The table of metrics has no "${name}".`);
  return row;
}
