/** `npm run renew`: brings documents to the present model, prompt and taxonomy, or to another embedding model. */
import { DirectRunner } from "../beam/direct";
import { JobError } from "../chat/errors";
import { askedVersions } from "../io/bedrock/summarise-part";
import { type BehindCount, type BehindFilters, countBehind, sampleBehind } from "../io/opensearch/renewing/behind";
import { jobOptions } from "../options";
import { readCommandLine, typed } from "../options/command-line";
import { RENEW } from "../options/commands";
import { OPTION_GROUPS, OPTIONS } from "../options/table";
import type { PipelineSettings } from "../pipeline";
import { renew } from "../renew";
import { withCheckedKey } from "./key-check";
import { planVectors, runVectors, wantsOtherVectors } from "./renew-vectors";
import { costOf, planText, type RenewalCost } from "./renew-text";
import { jobSettings, openServices, type OpenServices } from "./services";
import { sayWhereTextMayGo } from "./text-notice";
import { checkBedrock } from "../io/bedrock/check";
import { prepareOpenSearch } from "../io/opensearch/indexes/prepare";
import { counted, safeJson } from "./terminal/safe-text";

const INFO = {
  usage: "npm run renew --",
  says: "Has models answer anew about documents whose model, prompt or taxonomy is another than the options' by now.",
  operand: "plan|run",
  after: [
    "plan   how many documents that are, and about what it costs; changes nothing",
    "run    summarises and embeds them anew, in place. It may be stopped, and goes on where it was; jobs may run meanwhile",
    "",
    "Takes the options of the job, with the new --summary-model or --taxonomy. Another --embedding-model, or other",
    "--embedding-dimensions, embed all documents anew into an index that takes the place of this one in the end. Jobs may",
    "write to the former meanwhile, and end at the switch: start them with the new options then.",
    "",
    "Examples:",
    "  npm run renew -- plan --taxonomy mine.json",
    "  npm run renew -- run --taxonomy mine.json --where intent=complaint --from 2026-01-01",
    "  npm run renew -- run --embedding-model amazon.titan-embed-text-v2:0 --embedding-dimensions 512",
  ].join("\n"),
} as const;

/** Documents that the cost of all is told by. */
const SAMPLE_SIZE = 200;

/** Fields of the index by their names in --where. */
const WHERE_FIELDS: Readonly<Record<string, string>> = {
  user: "userId",
  intent: "intent",
  language: "language",
  sentiment: "sentiment",
  model: "summaryModel",
  taxonomy: "taxonomyHash",
  category: "categories",
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Resolves with the text to print. Rejects with `JobError` or `HelpWanted`. */
export async function renewDocuments(
  argv: readonly string[],
  environment: Environment,
  say: (line: string) => void,
): Promise<string> {
  const line = readCommandLine({ Renewal: RENEW, ...OPTION_GROUPS }, INFO, argv, environment);
  const [action = "", ...rest] = line.operands;
  if (rest.length > 0 || (action !== "plan" && action !== "run")) {
    throw new JobError("BAD_OPTION", "Say what to do: npm run renew -- plan, or run.");
  }
  const wanted = typed(line, RENEW);
  const filters = filtersOf(wanted);
  // Refuses what is wrong before services start.
  jobOptions(line, environment, Date.now());
  const values = typed(line, OPTIONS);
  const services = await openServices({ values, origins: line.origins }, action === "run", say);
  try {
    const given = jobSettings(services, line, environment);
    const settings = action === "plan" ? given : await withCheckedKey(given, services.openSearch);
    if (await wantsOtherVectors(services, settings, line.origins)) {
      if (isNarrowed(wanted)) throw new JobError("BAD_OPTION", ALL_VECTORS);
      return action === "plan"
        ? await planVectors(services, settings, values.json)
        : await runVectors(services, settings, { json: values.json, say });
    }
    return action === "plan"
      ? await plan(services, settings, filters, values.json)
      : await run(services, settings, filters, { json: values.json, say });
  } finally {
    await services.close();
  }
}

async function plan(
  { openSearch, index }: OpenServices,
  settings: PipelineSettings,
  filters: BehindFilters,
  json: boolean,
): Promise<string> {
  const versions = askedVersions(settings.summarise);
  const count = await countBehind(openSearch, index, versions, filters);
  const cost = await costs({ openSearch, index }, settings, filters, count);
  const { summaryModel, promptVersion, taxonomyHash } = versions;
  if (json) return safeJson({ ...count, ...cost, to: { summaryModel, promptVersion, taxonomyHash } });
  return planText(count, cost, settings, index);
}

async function run(
  { openSearch, index }: OpenServices,
  settings: PipelineSettings,
  filters: BehindFilters,
  { json, say }: { readonly json: boolean; readonly say: (line: string) => void },
): Promise<string> {
  sayWhereTextMayGo([settings.summarise], say);
  await prepareOpenSearch(settings.openSearch);
  const versions = askedVersions(settings.summarise);
  const count = await countBehind(openSearch, index, versions, filters);
  say(planText(count, await costs({ openSearch, index }, settings, filters, count), settings, index));
  let renewed = 0;
  if (count.behind > count.withoutMessages) {
    await checkBedrock(settings);
    const runner = new DirectRunner({ authorText: "hidden" });
    renewed = await renew(openSearch, { versions, filters, behind: count.behind }, settings, runner, say);
  }
  const left = (await countBehind(openSearch, index, versions, filters)).behind;
  if (json) return safeJson({ renewed, left });
  const end =
    left === 0 ? "none is behind any more" : `${left} are still behind, refused by a model or without messages`;
  return `${counted(renewed, "document")} renewed; ${end}.`;
}

async function costs(
  { openSearch, index }: Pick<OpenServices, "openSearch" | "index">,
  settings: PipelineSettings,
  filters: BehindFilters,
  { behind, withoutMessages }: BehindCount,
): Promise<RenewalCost> {
  const versions = askedVersions(settings.summarise);
  const sample = await sampleBehind(openSearch, index, { versions, filters, size: SAMPLE_SIZE });
  return costOf(sample, behind - withoutMessages, settings);
}

const ALL_VECTORS =
  "An index holds vectors of one model only, so another one embeds all documents: leave out --where, --from, --to and --model-not.";

function isNarrowed({ where, from, to, modelNot }: ReturnType<typeof typed<typeof RENEW>>): boolean {
  return [where, from, to, modelNot].some((given) => given !== undefined);
}

function filtersOf({ where, from, to, modelNot }: ReturnType<typeof typed<typeof RENEW>>): BehindFilters {
  const terms = (where ?? []).map(([name, value]) => [WHERE_FIELDS[name]!, value] as const);
  return {
    terms: Object.fromEntries(terms),
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
    ...(modelNot === undefined ? {} : { notModel: modelNot }),
  };
}
