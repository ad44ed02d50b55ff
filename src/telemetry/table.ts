/**
 * Every metric that is served: name and unit by OpenTelemetry's semantic conventions where they have one, and which of
 * the job's own metrics it comes from. docs/metrics.md is this table for people.
 */
import type { HistogramSpec } from "../beam";
import { ALERT_LATENCY } from "../chat/alerts/latency";
import { RECEIVERS, undeliveredCounter } from "../chat/alerts/letters";
import { DEAD_LETTER_CODES, type DeadLetterCode } from "../chat/errors";
import { FRESHNESS } from "../chat/steps/documents/count-written";
import { callDuration, callTokens } from "../io/bedrock/measures";
import { tokensUsd } from "../io/bedrock/prices";
import { BULK_DURATION } from "../io/opensearch/writing/bulk-writer";
import { deadLetterCounter } from "../io/opensearch/letters/write-dead-letters";
import type { Readings } from "./readings";

/** Values of the labels that name the job's parts. */
export interface JobFacts {
  /** The Kinesis stream; undefined for a job that reads files. */
  readonly stream: string | undefined;
  readonly index: string;
  readonly summaryModel: string;
  readonly embeddingModel: string;
}

type Labels = Readonly<Record<string, string>>;

/** One of the job's own metrics, and what its value is divided by: 1,000 from milliseconds to seconds. */
interface Source {
  readonly kind: "counter" | "gauge";
  readonly name: string;
  readonly per: number;
}

interface Value {
  readonly labels?: Labels;
  /** Undefined while it is not known. */
  readonly of: (readings: Readings) => number | undefined;
  /** Missing for a value that is no single metric of the job. */
  readonly source?: Source;
}

interface Buckets {
  readonly labels?: Labels;
  readonly spec: HistogramSpec;
}

interface Named {
  readonly name: string;
  /** In UCUM, as OpenTelemetry has it: "s", or what is counted in braces. */
  readonly unit: string;
  readonly says: string;
}

export type MetricRow = Named &
  (
    | { readonly kind: "counter" | "gauge"; readonly series: (facts: JobFacts) => readonly Value[] }
    | {
        readonly kind: "histogram";
        /** Divides recorded values: 1,000 makes seconds of milliseconds. */
        readonly per: number;
        readonly series: (facts: JobFacts) => readonly Buckets[];
      }
  );

function counter(name: string, unit: string, says: string, source: string): MetricRow {
  return { kind: "counter", name, unit, says, series: () => [counted(source)] };
}

function counted(name: string, labels: Labels = {}): Value {
  return { labels, of: (readings) => readings.counter(name), source: { kind: "counter", name, per: 1 } };
}

function seconds(name: string, says: string, sourceMs: string): MetricRow {
  const of = (readings: Readings): number | undefined => {
    const ms = readings.gauge(sourceMs);
    return ms === undefined ? undefined : ms / 1_000;
  };
  const source = { kind: "gauge", name: sourceMs, per: 1_000 } as const;
  return { kind: "gauge", name, unit: "s", says, series: () => [{ of, source }] };
}

function summarise({ summaryModel }: JobFacts): Labels {
  return modelLabels("summarise", "chat", summaryModel);
}

function embed({ embeddingModel }: JobFacts): Labels {
  return modelLabels("embed", "embeddings", embeddingModel);
}

function modelLabels(stage: string, operation: string, model: string): Labels {
  return {
    "gen_ai.provider.name": "aws.bedrock",
    "gen_ai.operation.name": operation,
    "gen_ai.request.model": model,
    stage,
  };
}

const TOKENS = {
  summariseInput: callTokens("summarise", "input"),
  summariseOutput: callTokens("summarise", "output"),
  embedInput: callTokens("embed", "input"),
};

const MODELS: readonly MetricRow[] = [
  {
    kind: "histogram",
    name: "gen_ai.client.operation.duration",
    unit: "s",
    per: 1_000,
    says: "Time of a call to a model that was answered",
    series: (facts) => [
      { labels: summarise(facts), spec: callDuration("summarise") },
      { labels: embed(facts), spec: callDuration("embed") },
    ],
  },
  {
    kind: "histogram",
    name: "gen_ai.client.token.usage",
    unit: "{token}",
    per: 1,
    says: "Tokens of a call to a model",
    series: (facts) => [
      { labels: { ...summarise(facts), "gen_ai.token.type": "input" }, spec: TOKENS.summariseInput },
      { labels: { ...summarise(facts), "gen_ai.token.type": "output" }, spec: TOKENS.summariseOutput },
      { labels: { ...embed(facts), "gen_ai.token.type": "input" }, spec: TOKENS.embedInput },
    ],
  },
  {
    kind: "counter",
    name: "chat_sessions.cost",
    unit: "USD",
    says: "What the tokens cost by list prices, where the model's price is known",
    series: (facts) => [
      {
        labels: summarise(facts),
        of: (readings) =>
          tokensUsd(facts.summaryModel, tokens(readings, "summariseInput"), tokens(readings, "summariseOutput")),
      },
      {
        labels: embed(facts),
        of: (readings) => tokensUsd(facts.embeddingModel, tokens(readings, "embedInput"), 0),
      },
    ],
  },
];

function tokens(readings: Readings, which: keyof typeof TOKENS): number {
  return readings.histogram(TOKENS[which]).sum;
}

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
  ...MODELS,
  {
    kind: "histogram",
    name: "db.client.operation.duration",
    unit: "s",
    per: 1_000,
    says: "Time until OpenSearch has taken a bulk of operations",
    series: () => [{ labels: { "db.system.name": "opensearch", "db.operation.name": "bulk" }, spec: BULK_DURATION }],
  },
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
  counter("chat_sessions.calls.throttled", "{call}", "Calls turned down for being too many", "throttles"),
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
  counter("chat_sessions.calls.retried", "{call}", "Calls, and documents, that were sent again", "retries"),
];
