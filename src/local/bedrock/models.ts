import { AwsError, validation } from "./aws-error";
import type { Faults } from "./faults";

export type KnownModel =
  | {
      readonly kind: "claude";
      readonly maxOutputTokens: number;
      readonly contextTokens: number;
      readonly tools: boolean;
    }
  | { readonly kind: "titan-v1" }
  | { readonly kind: "titan-v2" };

interface Entry {
  readonly pattern: RegExp;
  readonly model: KnownModel;
  /** True for newer models, which are reached through an inference profile only. */
  readonly needsProfile: boolean;
  /** Regions that have it; undefined: all. */
  readonly regions?: readonly string[];
}

const claude = (maxOutputTokens: number, contextTokens = 200_000, tools = true): KnownModel => ({
  kind: "claude",
  maxOutputTokens,
  contextTokens,
  tools,
});

/** Model families and their limits, from the providers' model tables. */
const ENTRIES: readonly Entry[] = [
  {
    pattern: /^amazon\.titan-embed-(text-v1|g1-text-02)(:2)?$/,
    model: { kind: "titan-v1" },
    needsProfile: false,
    regions: ["us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1"],
  },
  {
    pattern: /^amazon\.titan-embed-text-v2:0$/,
    model: { kind: "titan-v2" },
    needsProfile: false,
    regions: [
      ...["us-east-1", "us-east-2", "us-west-2", "us-gov-east-1", "us-gov-west-1", "ca-central-1", "sa-east-1"],
      ...["eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2"],
      ...["eu-west-3", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2"],
      "ap-southeast-2",
    ],
  },
  { pattern: /^anthropic\.claude-(v2|instant-v1)(:\d)?$/, model: claude(4_096, 100_000, false), needsProfile: false },
  { pattern: /^anthropic\.claude-3-(haiku|sonnet|opus)-\d{8}-v1:0$/, model: claude(4_096), needsProfile: false },
  { pattern: /^anthropic\.claude-3-5-\w+-\d{8}-v\d:0$/, model: claude(8_192), needsProfile: false },
  { pattern: /^anthropic\.claude-/, model: claude(64_000), needsProfile: true },
];

const PROFILE = /^(global|us|us-gov|eu|apac|au|jp|ca)\./;
/** Beginnings of the regions in which a geography's profiles can be called. */
const PROFILE_REGIONS: Readonly<Record<string, RegExp>> = {
  us: /^(us-(east|west)|ca-central)-/,
  eu: /^(eu|il)-/,
  apac: /^ap-/,
  au: /^ap-southeast-[24]$/,
  jp: /^ap-northeast-[13]$/,
  ca: /^ca-/,
  "us-gov": /^us-gov-/,
};

/**
 * The model behind an id, a profile id or an ARN of either; throws as the service does. `region` is the one that the
 * request was signed for.
 */
export function findModel(id: string, faults: Faults, region?: string): KnownModel {
  const name = id.startsWith("arn:") ? id.slice(id.lastIndexOf("/") + 1) : id;
  const bare = name.replace(PROFILE, "");
  const entry = ENTRIES.find(({ pattern }) => pattern.test(bare));
  if (entry === undefined || (faults.byRegion && !isIn(region, entry, PROFILE.exec(name)?.[1]))) {
    throw validation("The provided model identifier is invalid.");
  }
  if (faults.retired.some((own) => own === name || own === bare)) {
    throw new AwsError(
      404,
      "ResourceNotFoundException",
      "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 30 days. Please upgrade to an active model on Amazon Bedrock",
    );
  }
  if (faults.denied.some((own) => own === name || own === bare)) {
    throw new AwsError(403, "AccessDeniedException", "You don't have access to the model with the specified model ID.");
  }
  if (entry.needsProfile && bare === name) {
    throw validation(
      `Invocation of model ID ${id} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
    );
  }
  return entry.model;
}

function isIn(region: string | undefined, { regions }: Entry, geography: string | undefined): boolean {
  if (region === undefined) return true;
  if (regions !== undefined && !regions.includes(region)) return false;
  return geography === undefined || (PROFILE_REGIONS[geography]?.test(region) ?? true);
}

/** Tokens as a tokeniser would roughly count them, at four bytes each. */
export function countTokens(text: string): number {
  return Math.max(1, Math.ceil(Buffer.byteLength(text) / 4));
}
