import { JobError } from "../chat/errors";
import { embedText } from "../io/bedrock/embed-text";
import { embeddingModel } from "../io/bedrock/settings";
import { SEARCH_MODES, searchSessions } from "../io/opensearch/search";
import { readCommandLine } from "../options/command-line";
import { choice, count, type Kind, onOff, text, time } from "../options/kinds";
import { option, optional, type ValuesOf } from "../options/spec";
import { EMBEDDINGS } from "../options/table";
import { INTENTS, normalisedLabel } from "../chat/steps/prompt";
import { safeJson } from "./terminal/safe-text";
import { hitsTable } from "./search-table";
import { openServices, SERVICE_OPTIONS } from "./services";

const day: Kind<number> = {
  placeholder: "time",
  range: "a day such as 2026-01-31 in UTC, or RFC 3339 with offset",
  parse: (given) => time.parse(/^\d{4}-\d\d-\d\d$/.test(given) ? `${given}T00:00:00Z` : given),
};

/** May be typed as the table shows it. */
const intent: Kind<string> = {
  placeholder: "intent",
  range: INTENTS.join(", "),
  parse: (given) => {
    const value = normalisedLabel(given);
    const isKnown = INTENTS.some((own) => own === value);
    return isKnown ? { value } : { mustBe: `one of ${INTENTS.join(", ")}` };
  },
};

const SEARCH = {
  user: optional(text("id"), "Only sessions of this user"),
  from: optional(day, "Only sessions that ended at this time or later"),
  to: optional(day, "Only sessions that began before this time"),
  intent: optional(intent, "Only sessions with this intent"),
  limit: option(count(1, 100), "10", "Sessions shown"),
  skip: option(count(0, 10_000), "0", "Sessions left out before the first one shown"),
  mode: option(choice(SEARCH_MODES), "hybrid", "What is compared: words (keyword), vectors (semantic), or both"),
  json: option(onOff, "false", "Print one JSON object instead of a table"),
} as const;

const SERVICES = {
  ...SERVICE_OPTIONS,
  embeddingModel: EMBEDDINGS.embeddingModel,
  embeddingDimensions: EMBEDDINGS.embeddingDimensions,
} as const;

const INFO = {
  usage: "npm run search --",
  says: "Finds sessions by what they were about.",
  operand: '"question"',
  after: 'Example:\n  npm run search -- "who asked for a refund?" --user alice --limit 5',
} as const;

const REQUEST_TIMEOUT_MS = 30_000;
/** Quotas of Bedrock are counted by the minute. */
const MAX_THROTTLED_MS = 60_000;

/** `npm run search`. `say` is told what takes long. Resolves with what to print. Rejects with `JobError` or `HelpWanted`. */
export async function search(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  screenWidth: number,
  say: (line: string) => void,
): Promise<string> {
  const line = readCommandLine({ Search: SEARCH, Services: SERVICES }, INFO, argv, environment);
  // Sound because the same tables have read them.
  const wanted = line.values as ValuesOf<typeof SEARCH>;
  const values = line.values as ValuesOf<typeof SERVICES>;
  const question = line.operands.join(" ").trim();
  if (question === "") throw new JobError("BAD_OPTION", 'Ask something: npm run search -- "question".');
  const model = embeddingModel(values.embeddingModel, values.embeddingDimensions);
  const flags = { values, origins: line.origins };
  const services = await openServices(flags, wanted.mode !== "keyword", say);
  try {
    const bedrock = {
      region: values.region,
      ...(services.endpoints.bedrock === undefined ? {} : { endpoint: services.endpoints.bedrock }),
      maxConcurrentCalls: 1,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    };
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
