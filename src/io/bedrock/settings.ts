import { JobError } from "../../chat/errors";
import type { PrivacySettings } from "../../chat/privacy/settings";
import { isPlainLoopback } from "../aws/client-settings";
import { geographyOf } from "./region-models";
import { BUILT_IN_TAXONOMY, type Taxonomy } from "../../chat/steps/summaries/taxonomy";

/** Address, credentials and load of Bedrock. Plain data: it travels with the DoFns. */
export interface BedrockSettings {
  readonly region: string;
  /** An endpoint other than the region's own. A plain-http loopback one gets made-up credentials, never real ones. */
  readonly endpoint?: string;
  /** Calls of one stage under way at once in one process, 1 to 1,000. */
  readonly maxConcurrentCalls: number;
  /** One call's time from sending to the last byte of the answer, 1 s to 1 h. */
  readonly requestTimeoutMs: number;
  /**
   * When a model has answered nobody in this process for this long, the bundles that wait for it fail, to be run again
   * from the checkpoint; it must lie well below the checkpoint time-out. Undefined: retried for ever.
   */
  readonly maxRetryDurationMs?: number;
  /** Distance of this machine's clock from Bedrock's that a running job is silent about; missing: any. */
  readonly allowedDisorderMs?: number;
}

export type Structured = "tool" | "text";

export interface SummariseSettings {
  readonly bedrock: BedrockSettings;
  /** Model id, inference profile id or ARN. */
  readonly model: string;
  /** "converse" takes any model; "invoke" sends Anthropic's own messages body through InvokeModel. */
  readonly api: "converse" | "invoke";
  /** Form in which the answer is asked for; "auto" decides by the model's family. */
  readonly structured: Structured | "auto";
  /** Language of the summary: "chat" (the chat's own) or a BCP 47 tag. */
  readonly language: string;
  /** The labels to choose from. */
  readonly taxonomy: Taxonomy;
  /** Tokens of an answer, 64 to 64,000: a throttle counts them in full when the call starts. */
  readonly maxTokens: number;
  /** Tokens of the second call when the first answer was cut, `maxTokens` to 64,000. */
  readonly maxTokensWhenCut: number;
  /** Estimated tokens of chat in one prompt, 500 to 1,000,000; a longer chat is read in several. */
  readonly maxChatTokens: number;
  /** Redacts texts before the model reads them; missing: it reads all. */
  readonly privacy?: PrivacySettings;
}

export const TITAN_V1_DIMENSIONS = 1_536;
const TITAN_V2_DIMENSIONS = [256, 512, 1_024] as const;
export type TitanV2Dimensions = (typeof TITAN_V2_DIMENSIONS)[number];

export type EmbeddingModel =
  | { readonly family: "titan-v1"; readonly id: string }
  | {
      readonly family: "titan-v2";
      readonly id: string;
      readonly dimensions: TitanV2Dimensions;
      readonly normalize: boolean;
    };

export interface EmbedSettings {
  readonly bedrock: BedrockSettings;
  readonly model: EmbeddingModel;
  /** The embedded text: the summary, or all messages. */
  readonly of: "summary" | "session";
  /** As for summaries. */
  readonly privacy?: PrivacySettings;
}

const DEFAULT_SUMMARY_MODEL = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

/**
 * The model for summaries where none is given: the profile of the region's own geography, where there is one, so that
 * chat text leaves it only when somebody chose so; it costs a tenth more. Elsewhere the global one, which
 * `globalNotice` tells. A stand-in keeps no text, and has the global one.
 */
export function defaultSummaryModel({ region, endpoint }: Pick<BedrockSettings, "region" | "endpoint">): string {
  const geography = isPlainLoopback(endpoint) ? undefined : geographyOf(region);
  return geography === undefined ? DEFAULT_SUMMARY_MODEL : DEFAULT_SUMMARY_MODEL.replace(/^global/, geography);
}

/** Warns where the default model may take chat text to any region; undefined where it does not. */
export function globalNotice({
  model,
  bedrock: { region, endpoint },
}: Pick<SummariseSettings, "model" | "bedrock">): string | undefined {
  if (model !== DEFAULT_SUMMARY_MODEL || isPlainLoopback(endpoint) || geographyOf(region) !== undefined)
    return undefined;
  return `The summary model ${model} may read chat text in any region of AWS, since no profile of a geography is known for ${region}: --summary-model takes another one.`;
}

/** 800 tokens hold the longest answer that the prompt asks for in any script; Claude 3 Haiku can write 4,096. */
export const DEFAULT_SUMMARISE = {
  model: DEFAULT_SUMMARY_MODEL,
  api: "converse",
  structured: "auto",
  language: "chat",
  taxonomy: BUILT_IN_TAXONOMY,
  maxTokens: 800,
  maxTokensWhenCut: 4_000,
  maxChatTokens: 100_000,
} as const satisfies Omit<SummariseSettings, "bedrock">;

/**
 * The embedding model with this id, with v2's dimensions (1,024 when not given) and normalisation (on when not given).
 * Throws `JobError` BAD_OPTION for a model that is not a Titan text embedding, or dimensions that the model does not
 * have.
 */
export function embeddingModel(id: string, dimensions?: number, normalize?: boolean): EmbeddingModel {
  if (id.includes("titan-embed-text-v2")) {
    const known = TITAN_V2_DIMENSIONS.find((own) => own === (dimensions ?? 1_024));
    if (known === undefined) {
      throw new JobError("BAD_OPTION", `${id} has vectors of 256, 512 or 1024 dimensions, not ${dimensions}.`);
    }
    return { family: "titan-v2", id, dimensions: known, normalize: normalize ?? true };
  }
  if (!/titan-embed-(text-v1|g1-text)/.test(id)) {
    throw new JobError(
      "BAD_OPTION",
      `${id} is no embedding model that is known here; use amazon.titan-embed-text-v1 or amazon.titan-embed-text-v2:0.`,
    );
  }
  if (dimensions !== undefined && dimensions !== TITAN_V1_DIMENSIONS) {
    throw new JobError("BAD_OPTION", `${id} always has 1536 dimensions; use amazon.titan-embed-text-v2:0 for fewer.`);
  }
  if (normalize !== undefined) {
    throw new JobError("BAD_OPTION", `${id} does not know normalisation; use amazon.titan-embed-text-v2:0.`);
  }
  return { family: "titan-v1", id };
}

/** Floats in one vector of the model. */
export function dimensionsOf(model: EmbeddingModel): number {
  return model.family === "titan-v1" ? TITAN_V1_DIMENSIONS : model.dimensions;
}

/**
 * Chooses tool use where a model can be made to call one given tool (Claude 3 and later, Nova). JSON in text works for
 * every other one, also for a profile whose ARN does not tell its model.
 */
export function structuredFor(settings: Pick<SummariseSettings, "model" | "structured">): Structured {
  if (settings.structured !== "auto") return settings.structured;
  const oldClaude = /anthropic\.claude-(v\d|instant)/.test(settings.model);
  return !oldClaude && /anthropic\.claude|amazon\.nova/.test(settings.model) ? "tool" : "text";
}

/** Families that take a temperature; newer models insist on their own, and refuse a request that names one. */
const TAKES_TEMPERATURE = /anthropic\.claude-(v\d|instant|3|(haiku|sonnet|opus)-4(-[0-5])?-\d{8})|amazon\.nova/;

/** Temperature 0 where the model allows it, because the same session should get the same answer; else undefined. */
export function temperatureFor(model: string): number | undefined {
  return TAKES_TEMPERATURE.test(model) ? 0 : undefined;
}

const BOUNDS: readonly (readonly [keyof SummariseSettings, number, number])[] = [
  ["maxTokens", 64, 64_000],
  ["maxTokensWhenCut", 64, 64_000],
  ["maxChatTokens", 500, 1_000_000],
];

/** Throws `JobError` BAD_OPTION for a value out of range, or one that contradicts another. */
export function validateSummarise(settings: SummariseSettings): void {
  validateBedrock(settings.bedrock);
  for (const [name, low, high] of BOUNDS) requireWithin(name, settings[name] as number, low, high);
  if (settings.maxTokensWhenCut < settings.maxTokens) {
    throw new JobError("BAD_OPTION", "maxTokensWhenCut must be at least maxTokens.");
  }
  if (settings.language !== "chat" && canonicalLanguage(settings.language) === undefined) {
    throw new JobError(
      "BAD_OPTION",
      `"${settings.language}" is no language tag; use "chat" or one like "en" or "pt-BR".`,
    );
  }
  if (settings.api === "invoke" && !/anthropic\.claude|^arn:/.test(settings.model)) {
    throw new JobError("BAD_OPTION", `InvokeModel is spoken with Claude models only, not ${settings.model}.`);
  }
}

/** Throws `JobError` BAD_OPTION for a value out of range. */
function validateBedrock(settings: BedrockSettings): void {
  requireWithin("maxConcurrentCalls", settings.maxConcurrentCalls, 1, 1_000);
  requireWithin("requestTimeoutMs", settings.requestTimeoutMs, 1_000, 3_600_000);
  if (settings.maxRetryDurationMs !== undefined) {
    requireWithin("maxRetryDurationMs", settings.maxRetryDurationMs, 1_000, 86_400_000);
  }
  if (settings.endpoint !== undefined && !URL.canParse(settings.endpoint)) {
    throw new JobError("BAD_OPTION", `"${settings.endpoint}" is no URL; an endpoint looks like http://127.0.0.1:4567.`);
  }
}

/** The canonical form of a BCP 47 tag whose language has an ISO 639 code; else undefined. */
export function canonicalLanguage(tag: string): string | undefined {
  if (!/^[a-z]{2,3}(-[a-z0-9]{1,8}){0,6}$/i.test(tag)) return undefined;
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

function requireWithin(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new JobError("BAD_OPTION", `${name} must be a whole number from ${low} to ${high}, not ${value}.`);
  }
}
