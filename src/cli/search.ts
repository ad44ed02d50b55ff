import { JobError } from "../chat/errors";
import { namesOf } from "../chat/steps/taxonomy";
import { embedText } from "../io/bedrock/embed-text";
import { embeddingModelOf } from "../io/bedrock/question-model";
import { indexEmbedding } from "../io/opensearch/index-embedding";
import { searchSessions } from "../io/opensearch/search";
import { readCommandLine } from "../options/command-line";
import { SEARCH } from "../options/commands";
import { type ValuesOf } from "../options/spec";
import { EMBEDDINGS, SUMMARIES } from "../options/table";
import { taxonomyOf } from "../options/taxonomy";
import { safeJson } from "./terminal/safe-text";
import { hitsTable } from "./search-table";
import { openServices, SERVICE_OPTIONS } from "./services";

const SERVICES = {
  ...SERVICE_OPTIONS,
  embeddingModel: EMBEDDINGS.embeddingModel,
  embeddingDimensions: EMBEDDINGS.embeddingDimensions,
  taxonomy: SUMMARIES.taxonomy,
} as const;

const INFO = {
  usage: "npm run search --",
  says: "Finds sessions by what they were about.",
  operand: '"question"',
  after: 'Example:\n  npm run search -- "who asked for a refund?" --user alice --limit 5',
} as const;

const REQUEST_TIMEOUT_MS = 30_000;
/** Bedrock counts its quotas by the minute. */
const MAX_THROTTLED_MS = 60_000;

/**
 * Runs `npm run search`. `say` is told of steps that take long. Resolves with the text to print. Rejects with
 * `JobError` or `HelpWanted`.
 */
export async function search(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  screenWidth: number,
  say: (line: string) => void,
): Promise<string> {
  const line = readCommandLine({ Search: SEARCH, Services: SERVICES }, INFO, argv, environment);
  // The cast is sound, because the same tables have read the values.
  const wanted = line.values as ValuesOf<typeof SEARCH>;
  const values = line.values as ValuesOf<typeof SERVICES>;
  const question = line.operands.join(" ").trim();
  if (question === "") throw new JobError("BAD_OPTION", 'Ask something: npm run search -- "question".');
  if (wanted.intent !== undefined) refuseUnknownIntent(wanted.intent, values.taxonomy);
  const choice = {
    id: line.origins["embeddingModel"] === "default" ? undefined : values.embeddingModel,
    dimensions: values.embeddingDimensions,
    fallbackId: values.embeddingModel,
  };
  // Refuses what no index could hold before anything starts.
  if (choice.id !== undefined) embeddingModelOf(choice, "", undefined);
  const flags = { values, origins: line.origins };
  const services = await openServices(flags, wanted.mode !== "keyword", say);
  try {
    const bedrock = {
      region: values.region,
      ...(services.endpoints.bedrock === undefined ? {} : { endpoint: services.endpoints.bedrock }),
      maxConcurrentCalls: 1,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    };
    const told = wanted.mode === "keyword" ? undefined : await indexEmbedding(services.openSearch, services.index);
    const model = embeddingModelOf(choice, services.index, told);
    const hits = await searchSessions(
      services.openSearch,
      services.index,
      {
        text: question,
        mode: wanted.mode,
        limit: wanted.limit,
        offset: wanted.skip,
        ...(wanted.user === undefined ? {} : { userId: wanted.user }),
        ...(wanted.intent === undefined ? {} : { intent: wanted.intent }),
        ...(wanted.from === undefined ? {} : { fromMs: wanted.from }),
        ...(wanted.to === undefined ? {} : { toMs: wanted.to }),
      },
      (asked) =>
        embedText({ bedrock, model }, asked, {
          maxThrottledMs: MAX_THROTTLED_MS,
          onThrottled: () => say(`Bedrock throttles ${model.id}; waiting for up to ${MAX_THROTTLED_MS / 1_000} s …`),
        }),
    );
    if (wanted.json) return safeJson({ question, mode: wanted.mode, hits });
    return hitsTable(hits, wanted.skip, screenWidth, services.lexical);
  } finally {
    await services.close();
  }
}

/** A label that no document can have would find nothing without a word. */
function refuseUnknownIntent(intent: string, taxonomy: string | undefined): void {
  const known = namesOf(taxonomyOf(taxonomy).intents);
  if (known.includes(intent)) return;
  const cure = taxonomy === undefined ? "; where the job has labels of its own, give the same --taxonomy" : "";
  throw new JobError("BAD_OPTION", `--intent must be one of ${known.join(", ")}${cure}.`);
}
