/** Turns options into the settings of the pipeline's rooms. */
import type { AlertRules } from "../chat/alerts/rules";
import type { Taxonomy } from "../chat/steps/summaries/taxonomy";
import { DEFAULT_SUMMARISE, defaultSummaryModel, dimensionsOf, embeddingModel } from "../io/bedrock/settings";
import type { ListedFile } from "../io/files/settings";
import { latest, SHARD_LIMITS, type StartPosition } from "../io/kinesis/settings";
import { deadLetterIndexOf, openSearchSettings } from "../io/opensearch/settings";
import type { PipelineSettings } from "../pipeline";
import { alertSettings } from "./alert-settings";
import { authentication } from "./authentication";
import { conversationSettings } from "./conversation-settings";
import type { Endpoints } from "./endpoints";
import type { Embedded, Given } from "./given";
import { filesSettings, isOnce, sourceName, unpackSettings } from "./input-settings";
import { letterPolicy, privacySettings } from "./privacy-rules";
import { summariseSettings } from "./summarise-settings";
import type { OptionValues } from "./table";

/** Facts beside the options' own values. */
interface Known {
  readonly embedded: Embedded;
  readonly taxonomy: Taxonomy;
  readonly rules: AlertRules;
  readonly files: readonly ListedFile[];
}

/** `nowMs` is the time that LATEST and the stream's tip stand for. */
export function settingsFor(
  given: Given,
  { embedded, taxonomy, rules, files }: Known,
  endpoints: Endpoints,
  nowMs: number,
): PipelineSettings {
  const { values } = given;
  const conversation = conversationSettings(given, embedded.kinesis && values.sample);
  const found = privacySettings(given);
  const privacy = found === undefined ? {} : { privacy: found };
  const letters = letterPolicy(given);
  const model = embeddingModel(values.embeddingModel, values.embeddingDimensions);
  const untilMs = isOnce(values) || values.until === "tip" ? nowMs : values.until;
  // Without checkpoints (the direct runner, bounded jobs on Flink) a failed bundle cannot be run again.
  const retry = values.runner === "direct" || untilMs !== undefined ? {} : { maxRetryDurationMs: values.maxRetryTime };
  const bedrock = {
    region: values.region,
    ...(endpoints.bedrock === undefined ? {} : { endpoint: endpoints.bedrock }),
    maxConcurrentCalls: values.concurrency,
    requestTimeoutMs: values.requestTimeout,
    allowedDisorderMs: values.allowedDisorder,
    ...retry,
  };
  const summaryModel =
    values.summaryModel ?? (embedded.bedrock ? DEFAULT_SUMMARISE.model : defaultSummaryModel(bedrock));
  return {
    kinesis: {
      connection: {
        region: values.region,
        ...(endpoints.kinesis === undefined ? {} : { endpoint: endpoints.kinesis }),
      },
      streamName: values.stream,
      start: startPosition(values, embedded, nowMs),
      ...(untilMs === undefined ? {} : { untilMs }),
      allowedDisorderMs: values.allowedDisorder,
      idleTimeoutMs: values.idleTimeout,
      gapMs: values.sessionGap,
      late: values.late,
      unpack: unpackSettings(values),
      limits: { ...SHARD_LIMITS, tipGetRecordsPerS: values.maxPolls },
      ...retry,
    },
    ...(values.input === undefined ? {} : { files: filesSettings(values, files) }),
    messages: {
      ...unpackSettings(values),
      ...conversation,
      userField: values.userField,
      contentField: values.contentField,
      messageIdField: values.messageIdField,
      ...(values.messageIdScope === undefined ? {} : { messageIdScope: values.messageIdScope }),
      timestampField: values.timestampField,
      timestampUnit: values.timestampUnit,
      normalizeUser: values.normalizeUser,
      maxMessageBytes: values.maxMessageBytes,
      maxFutureMs: values.maxFuture,
      maxAgeMs: values.maxAge,
      ...privacy,
    },
    sessions: {
      gapMs: values.sessionGap,
      maxOpenMs: values.maxOpenSession,
      maxOpenMessages: values.maxOpenMessages,
      maxOpenBytes: values.maxOpenBytes,
      onEdit: values.onEdit,
      ...(conversation.attributes === undefined ? {} : { attributes: conversation.attributes }),
      maxPartMessages: values.maxPartMessages,
      maxPartTokens: values.maxPartTokens,
      maxPartBytes: values.maxPartBytes,
    },
    summarise: {
      ...summariseSettings(values, summaryModel, bedrock, taxonomy),
      // A part is cut to fit; only one message longer than a whole part may need several prompts.
      maxChatTokens: Math.max(DEFAULT_SUMMARISE.maxChatTokens, values.maxPartTokens),
      ...privacy,
    },
    embed: { bedrock, model, of: values.embed, ...privacy },
    alerts: alertSettings(values, rules, endpoints.receiver),
    openSearch: openSearchSettings({
      connection: {
        endpoint: endpoints.opensearch ?? "",
        auth: authentication(values),
        allowedDisorderMs: values.allowedDisorder,
      },
      index: values.index,
      deadLetterIndex: values.deadLetterIndex ?? deadLetterIndexOf(values.index),
      dimension: dimensionsOf(model),
      embeddingModel: model.id,
      ...(conversation.attributes === undefined ? {} : { attributes: conversation.attributes.map(({ name }) => name) }),
      engine: values.knnEngine,
      refreshIntervalMs: values.refreshInterval,
      storeMessages: values.storeMessages,
      ...(values.retention === undefined ? {} : { retentionMs: values.retention }),
      stream: sourceName(values),
      ...(letters === undefined ? {} : { letters }),
      bulk: { maxDocuments: values.bulkDocuments, maxBytes: values.bulkBytes, maxAgeMs: values.bulkAge, ...retry },
    }),
  };
}

function startPosition(values: OptionValues, embedded: Embedded, nowMs: number): StartPosition {
  if (values.startTime !== undefined) return { kind: "timestamp", atMs: values.startTime };
  const fallback = embedded.kinesis || values.once || values.until !== undefined ? "TRIM_HORIZON" : "LATEST";
  return (values.startPosition ?? fallback) === "LATEST" ? latest(nowMs) : { kind: "trimHorizon" };
}
