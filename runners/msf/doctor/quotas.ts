/** Looks up the account's quotas of what the job uses most: tokens and requests of its models, and KPUs. */
import type { ServiceQuota } from "@aws-sdk/client-service-quotas";
import type { Finding, Seen } from "../../../src/cli/doctor/finding";
import {
  ASK_FOR_MORE,
  judgeModels,
  LIST_QUOTAS,
  MODEL_QUOTAS,
  quotasOf,
  type ReadQuotas,
} from "../../../src/cli/doctor/quotas";
import { type Aws, call } from "../aws";
import { examineIfAllowed } from "./look";

export function examineQuotas(aws: Aws, models: readonly string[], kpus: number): Promise<readonly Finding[]> {
  const read: ReadQuotas = (command) => call("reading the account's quotas", () => aws.quotas.send(command));
  const ofModels = examineIfAllowed(MODEL_QUOTAS, async () => judgeModels(await quotasOf(read, "bedrock"), models));
  const ofKpus = examineIfAllowed({ name: `${LIST_QUOTAS} kinesisanalytics`, expected: `${kpus} KPUs` }, async () =>
    judgeKpus(await quotasOf(read, "kinesisanalytics"), kpus),
  );
  return Promise.all([ofModels, ofKpus]);
}

function judgeKpus(quotas: readonly ServiceQuota[], kpus: number): Seen {
  const quota = quotas.find(({ QuotaName = "" }) => /\bKPUs?\b|processing units/i.test(QuotaName));
  if (quota?.Value === undefined) return { found: "none of that name: see the console's Service Quotas" };
  const facts = { kpus: quota.Value };
  const found = `${quota.Value} KPUs in all`;
  return quota.Value >= kpus
    ? { found, facts }
    : { found, facts, cure: `${ASK_FOR_MORE}: the job needs ${kpus} KPUs.` };
}
