/** Looks up the account's quotas of what the job uses most: tokens and requests of its models. */
import {
  type ListServiceQuotasCommandOutput,
  ListServiceQuotasCommand,
  type ServiceQuota,
  ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";
import { clientSettings } from "../../io/aws/client-settings";
import { failureOf } from "../../io/aws/failure";
import { bareModelId } from "../../io/aws/model-id";
import { examine, type Finding, type Seen, skipped } from "./finding";

const MAX_PAGES = 50;
const PAGE_SIZE = 100;
export const ASK_FOR_MORE = 'Ask for more under "Service Quotas" in the AWS console';
export const LIST_QUOTAS = "servicequotas:ListServiceQuotas";
export const MODEL_QUOTAS = {
  name: `${LIST_QUOTAS} bedrock`,
  expected: "tokens and requests for both models",
} as const;

/** Sends the command to Service Quotas. */
export type ReadQuotas = (command: ListServiceQuotasCommand) => Promise<ListServiceQuotasCommandOutput>;

/**
 * Looks at the quotas of these models in a region. The job does without the right to that, so a refusal skips the look.
 */
export async function examineModelQuotas(region: string, models: readonly string[]): Promise<Finding> {
  const client = new ServiceQuotasClient(clientSettings({ region }));
  try {
    return await examineQuotasBy((command) => client.send(command), models);
  } finally {
    client.destroy();
  }
}

export async function examineQuotasBy(read: ReadQuotas, models: readonly string[]): Promise<Finding> {
  try {
    const quotas = await quotasOf(read, "bedrock");
    return await examine(MODEL_QUOTAS, async () => judgeModels(quotas, models));
  } catch (error) {
    return skipped(MODEL_QUOTAS, `these credentials could not read them (${failureOf(error).name})`);
  }
}

export async function quotasOf(read: ReadQuotas, service: string): Promise<readonly ServiceQuota[]> {
  const found: ServiceQuota[] = [];
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await read(
      new ListServiceQuotasCommand({ ServiceCode: service, MaxResults: PAGE_SIZE, NextToken: token }),
    );
    found.push(...(answer.Quotas ?? []));
    token = answer.NextToken;
    if (token === undefined) break;
  }
  return found;
}

/** Judges the quotas of models, which have the models' names in words. */
export function judgeModels(quotas: readonly ServiceQuota[], models: readonly string[]): Seen {
  const own = models.flatMap((model) => quotas.filter(({ QuotaName = "" }) => isOf(QuotaName, model)));
  const facts = Object.fromEntries(own.map(({ QuotaName = "", Value = 0 }) => [QuotaName, Value]));
  if (own.length === 0) return { found: "none under the models' names: see the console's Service Quotas" };
  const found = own.map(({ QuotaName, Value }) => `${QuotaName}: ${Value}`).join("; ");
  const none = own.find(({ Value }) => Value === 0);
  return none === undefined ? { found, facts } : { found, facts, cure: `${ASK_FOR_MORE}: ${none.QuotaName} is 0.` };
}

/** The words by which quotas call a model, where they are not those of its id. */
const NAMES: Readonly<Record<string, string>> = {
  "titan-embed-text-v1": "titan-text-embeddings",
  "titan-embed-text-v2": "titan-text-embeddings-v2",
};

function isOf(quota: string, model: string): boolean {
  const id = bareModelId(model)
    .replace(/^(?:(?:global|apac|us-gov|[a-z]{2})\.)?[a-z0-9]+\./, "")
    .replace(/(?:-\d{8})?(?:-v\d+)?:\d+$/, (end) => (/^-v2/.test(end) && model.includes("titan") ? "-v2" : ""));
  const name = NAMES[id] ?? id;
  const words = quota.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const isRight = new RegExp(`-${name}(?:-v1)?(?:-(?!v\\d)|$)`).test(words);
  return isRight && /(?:tokens|requests)-per-(?:minute|day)/.test(words) && wayOf(model).test(words);
}

/** A profile has quotas of its own beside those of the model in one region; tokens of a day have one for both. */
function wayOf(model: string): RegExp {
  if (/(?:^|\/)global\./.test(model)) return /^global-cross-region|per-day/;
  if (/(?:^|\/)(?:apac|us-gov|[a-z]{2})\./.test(model)) return /^cross-region|per-day/;
  return /^on-demand|per-day/;
}
