/** Looks up the account's quotas of what the job uses most: tokens and requests of its models, and KPUs. */
import { ListServiceQuotasCommand, type ServiceQuota } from "@aws-sdk/client-service-quotas";
import type { Finding, Seen } from "../../../src/cli/doctor/finding";
import { bareModelId } from "../../../src/io/aws/model-id";
import { type Aws, call } from "../aws";
import { examineIfAllowed } from "./look";

const MAX_PAGES = 50;
const PAGE_SIZE = 100;
const ASK = 'Ask for more under "Service Quotas" in the AWS console';

export function examineQuotas(aws: Aws, models: readonly string[], kpus: number): Promise<readonly Finding[]> {
  const name = "servicequotas:ListServiceQuotas";
  const ofModels = examineIfAllowed(
    { name: `${name} bedrock`, expected: "tokens and requests for both models" },
    async () => judgeModels(await quotasOf(aws, "bedrock"), models),
  );
  const ofKpus = examineIfAllowed({ name: `${name} kinesisanalytics`, expected: `${kpus} KPUs` }, async () =>
    judgeKpus(await quotasOf(aws, "kinesisanalytics"), kpus),
  );
  return Promise.all([ofModels, ofKpus]);
}

async function quotasOf(aws: Aws, service: string): Promise<readonly ServiceQuota[]> {
  const found: ServiceQuota[] = [];
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const command = new ListServiceQuotasCommand({ ServiceCode: service, MaxResults: PAGE_SIZE, NextToken: token });
    const answer = await call(`reading the quotas of ${service}`, () => aws.quotas.send(command));
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
  return none === undefined ? { found, facts } : { found, facts, cure: `${ASK}: ${none.QuotaName} is 0.` };
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

function judgeKpus(quotas: readonly ServiceQuota[], kpus: number): Seen {
  const quota = quotas.find(({ QuotaName = "" }) => /\bKPUs?\b|processing units/i.test(QuotaName));
  if (quota?.Value === undefined) return { found: "none of that name: see the console's Service Quotas" };
  const facts = { kpus: quota.Value };
  const found = `${quota.Value} KPUs in all`;
  return quota.Value >= kpus ? { found, facts } : { found, facts, cure: `${ASK}: the job needs ${kpus} KPUs.` };
}
