/** `npm run renew` for another embedding model, or another length of vectors. */
import { DirectRunner } from "../beam/direct";
import { JobError } from "../chat/errors";
import { checkBedrock } from "../io/bedrock/check";
import { dimensionsOf, TITAN_V1_DIMENSIONS } from "../io/bedrock/settings";
import { askedVersions } from "../io/bedrock/summarise-part";
import { countBehind, countWithoutMessages, sampleAll, sampleBehind } from "../io/opensearch/renewing/behind";
import { checkCluster } from "../io/opensearch/indexes/cluster";
import { type IndexEmbedding, indexEmbedding, isSame } from "../io/opensearch/indexes/index-embedding";
import { planVectorCopy, type VectorCopy } from "../io/opensearch/renewing/vector-copy";
import type { CommandLine } from "../options/command-line";
import type { PipelineSettings } from "../pipeline";
import { renewVectors } from "../renew-vectors";
import { costOf, dollars, embeddingCostOf, type RenewalCost, sumOf } from "./renew-text";
import type { OpenServices } from "./services";
import { counted, safeJson } from "./terminal/safe-text";

type Services = Pick<OpenServices, "openSearch" | "index">;
type Origins = CommandLine["origins"];

const NO_FILTERS = { terms: {} };
/** Documents that the cost of all is told by. */
const SAMPLE_SIZE = 200;

/**
 * True when the options ask for other vectors than the index holds. Rejects with INDEX_MISFIT where only defaults do:
 * nobody wants to pay for vectors by leaving an option out.
 */
export async function wantsOtherVectors(
  { openSearch, index }: Services,
  { embed: { model } }: PipelineSettings,
  origins: Origins,
): Promise<boolean> {
  const held = await indexEmbedding(openSearch, index);
  const wanted: IndexEmbedding = { model: model.id, dimension: dimensionsOf(model) };
  if (held === undefined || isSame(held, wanted)) return false;
  const isModelGiven = origins["embeddingModel"] !== "default";
  const isOtherModel = !isSame({ ...held, dimension: wanted.dimension }, wanted);
  if (origins["embeddingDimensions"] !== "default" || (isModelGiven && isOtherModel)) return true;
  const dimensions = held.dimension === TITAN_V1_DIMENSIONS ? "" : ` --embedding-dimensions ${held.dimension}`;
  throw new JobError(
    "INDEX_MISFIT",
    `Index "${index}" holds vectors of ${held.model} (${held.dimension} numbers): give --embedding-model ${held.model}${dimensions} to keep them, or both options as you want them to embed all documents anew.`,
  );
}

interface VectorPlan {
  readonly copy: VectorCopy;
  readonly behind: number;
  readonly withoutMessages: number;
  readonly cost: RenewalCost;
}

async function planOf({ openSearch, index }: Services, settings: PipelineSettings): Promise<VectorPlan> {
  const { icu } = await checkCluster(openSearch, settings.openSearch);
  const copy = await planVectorCopy(openSearch, settings.openSearch, icu);
  const holdNone = await countWithoutMessages(openSearch, index);
  if (settings.embed.of === "session" && holdNone > 0) {
    throw new JobError(
      "BAD_OPTION",
      `${counted(holdNone, "document")} of "${index}" hold no messages (--no-store-messages), so --embed session has nothing to read: use --embed summary.`,
    );
  }
  const versions = askedVersions(settings.summarise);
  const { behind, withoutMessages } = await countBehind(openSearch, index, versions, NO_FILTERS);
  // Documents that an interrupted run copied are assumed to be behind as often as the others.
  const share = copy.documents === 0 ? 0 : Math.max(0, 1 - copy.copied / copy.documents);
  const asked = Math.round((behind - withoutMessages) * share);
  const sample = await sampleBehind(openSearch, index, { versions, filters: NO_FILTERS, size: SAMPLE_SIZE });
  const all = await sampleAll(openSearch, index, SAMPLE_SIZE);
  const kept = Math.round(copy.documents * share) - asked;
  const cost = sumOf(costOf(sample, asked, settings), embeddingCostOf(all, kept, settings));
  return { copy, behind, withoutMessages, cost };
}

function planText(
  { copy: { from, to, names, held, wanted, documents, copied }, behind, withoutMessages, cost }: VectorPlan,
  { summarise, embed }: PipelineSettings,
): string {
  const before = copied === 0 ? "" : ` (${copied} are there already)`;
  const asked = behind - withoutMessages;
  const also =
    asked === 0 ? "Their summaries stay" : `${asked} of them are behind in other ways too, and summarised anew`;
  const { inputTokens, outputTokens, embeddingTokens, usd } = cost;
  const summaries =
    asked === 0 ? "" : `${summarise.model} reads at most about ${inputTokens} tokens and writes ${outputTokens}, and `;
  return [
    `"${from}" holds vectors of ${held.model} (${held.dimension} numbers). For those of ${wanted.model} (${wanted.dimension}), npm run renew -- run would`,
    `  1. embed ${counted(documents, "document")} anew into the index "${to}"${before}. ${also}.`,
    `  2. block writes to "${from}" for what jobs have changed last,`,
    `  3. delete "${from}" and make ${names.map((name) => `"${name}"`).join(" and ")} a name of "${to}", in one step.`,
    `To do so, ${summaries}${embed.model.id} reads at most about ${counted(embeddingTokens, "token")}: ${dollars(usd)}.`,
  ].join("\n");
}

function jsonOf({ copy: { from, to, documents, copied, wanted }, behind, withoutMessages, cost }: VectorPlan): object {
  return { from, to, documents, copied, behind, withoutMessages, ...cost, embedding: wanted };
}

export async function planVectors(services: Services, settings: PipelineSettings, json: boolean): Promise<string> {
  const plan = await planOf(services, settings);
  return json ? safeJson(jsonOf(plan)) : planText(plan, settings);
}

export async function runVectors(
  services: Services,
  settings: PipelineSettings,
  { json, say }: { readonly json: boolean; readonly say: (line: string) => void },
): Promise<string> {
  const plan = await planOf(services, settings);
  say(planText(plan, settings));
  await checkBedrock(settings);
  const runner = new DirectRunner({ authorText: "hidden" });
  const { copy } = plan;
  const { renewed, withoutVector } = await renewVectors(services.openSearch, copy, settings, runner, say);
  if (json) return safeJson({ renewed, withoutVector, index: copy.to });
  const bare =
    withoutVector === 0 ? "" : ` ${withoutVector} have no vector, as the model refused them: only words find these.`;
  return `"${services.index}" is a name of the index "${copy.to}" now, with vectors of ${copy.wanted.model} (${copy.wanted.dimension} numbers); ${counted(renewed, "document")} embedded.${bare} Start jobs with the same embedding options.`;
}
