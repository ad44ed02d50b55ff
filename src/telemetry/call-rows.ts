/** Metrics of the calls to services: names and labels by OpenTelemetry's conventions where they have some. */
import { type HistogramSpec, histogramCounters } from "../beam";
import { callDuration, callTokens, failedCallDuration } from "../io/bedrock/measures";
import { tokensUsd } from "../io/bedrock/prices";
import {
  type CallingStage,
  FAILED_BULK_CAUSES,
  FAILED_CALL_CAUSES,
  isThrottling,
  RETRY_CAUSES,
  retryCounter,
  THROTTLED_STAGES,
} from "../io/retry-causes";
import { BULK_DURATION, failedBulkDuration } from "../io/opensearch/writing/measures";
import { counted, ERROR_TYPE, failedBuckets, type JobFacts, type Labels, type MetricRow, type Value } from "./row";

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

const BULK: Labels = { "db.system.name": "opensearch", "db.operation.name": "bulk" };

/** Dollars of a model's tokens, where its price is known. */
function cost(labels: Labels, model: string, input: HistogramSpec, output?: HistogramSpec): Value {
  const each = [tokensUsd(model, 1, 0), tokensUsd(model, 0, 1)];
  const terms = [input, output].flatMap((spec, place) => {
    const usd = each[place];
    return spec === undefined || usd === undefined ? [] : [{ name: histogramCounters(spec).sum, each: usd }];
  });
  return {
    labels,
    of: (readings) => {
      const tokens = (spec: HistogramSpec | undefined): number =>
        spec === undefined ? 0 : readings.counter(histogramCounters(spec).sum);
      return tokensUsd(model, tokens(input), tokens(output));
    },
    ...(terms.length === 0 ? {} : { terms }),
  };
}

/** What a stage sent again, by cause. */
function repeated(stages: readonly CallingStage[], isMeant: (cause: string) => boolean) {
  return (facts: JobFacts): readonly Value[] =>
    stages.flatMap((stage) => {
      const labels = stage === "summarise" ? summarise(facts) : stage === "embed" ? embed(facts) : { stage };
      return RETRY_CAUSES[stage]
        .filter((cause) => isMeant(cause))
        .map((cause) => counted(retryCounter(stage, cause), { ...labels, [ERROR_TYPE]: cause }));
    });
}

export const CALL_ROWS: readonly MetricRow[] = [
  {
    kind: "histogram",
    name: "gen_ai.client.operation.duration",
    unit: "s",
    per: 1_000,
    says: "Time of a call to a model; with error.type, of one that failed",
    series: (facts) => [
      { labels: summarise(facts), spec: callDuration("summarise") },
      { labels: embed(facts), spec: callDuration("embed") },
    ],
    failed: (facts) => [
      failedBuckets(summarise(facts), FAILED_CALL_CAUSES, (cause) => failedCallDuration("summarise", cause)),
      failedBuckets(embed(facts), FAILED_CALL_CAUSES, (cause) => failedCallDuration("embed", cause)),
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
      cost(summarise(facts), facts.summaryModel, TOKENS.summariseInput, TOKENS.summariseOutput),
      cost(embed(facts), facts.embeddingModel, TOKENS.embedInput),
    ],
  },
  {
    kind: "histogram",
    name: "db.client.operation.duration",
    unit: "s",
    per: 1_000,
    says: "Time of a bulk request to OpenSearch; with error.type, of one that failed as a whole",
    series: () => [{ labels: BULK, spec: BULK_DURATION }],
    failed: () => [failedBuckets(BULK, FAILED_BULK_CAUSES, failedBulkDuration)],
  },
  {
    kind: "counter",
    name: "chat_sessions.calls.throttled",
    unit: "{call}",
    says: "Calls turned down for being too many",
    total: "throttles",
    series: repeated(THROTTLED_STAGES, isThrottling),
  },
  {
    kind: "counter",
    name: "chat_sessions.calls.retried",
    unit: "{call}",
    says: "Calls, and documents of the stage write, that were sent again",
    total: "retries",
    series: repeated(["source", "summarise", "embed", "write"], () => true),
  },
];
