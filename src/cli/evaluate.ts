/** `npm run evaluate`: how well models and taxonomies label sessions that people have labelled, and what they cost. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { JobError } from "../chat/errors";
import { agreements } from "../chat/steps/summaries/agreement";
import { type LabelledSession, parseLabelled } from "../chat/steps/summaries/labelled";
import { taxonomyHash } from "../chat/steps/summaries/taxonomy";
import { checkSummaryModel } from "../io/bedrock/check";
import { tokensUsd } from "../io/bedrock/prices";
import { defaultSummaryModel, type SummariseSettings, validateSummarise } from "../io/bedrock/settings";
import { summariseAll } from "../io/bedrock/summarise-all";
import { summariseSettings } from "../options/summarise-settings";
import { readCommandLine } from "../options/command-line";
import { EVALUATE } from "../options/commands";
import { type ValuesOf, without } from "../options/spec";
import { LOCAL } from "../options/local";
import { INDEX, SOURCE, SUMMARIES } from "../options/table";
import { taxonomyOf } from "../options/taxonomy";
import { evaluationText, type Variant } from "./evaluate-text";
import { openBedrock } from "./services";
import { safeJson } from "./terminal/safe-text";
import { sayWhereTextMayGo } from "./text-notice";

const SERVICES = {
  ...without(SUMMARIES, "summaryModel", "taxonomy"),
  region: SOURCE.region,
  local: LOCAL.local,
  dataDir: LOCAL.dataDir,
} as const;

const INFO = {
  usage: "npm run evaluate --",
  says: "Has models label sessions that people have labelled, and says how often they agree, where they do not, and what\n1,000 such sessions cost.",
  operand: "labelled.jsonl",
  after: [
    "Each line of the file is a session; labels that a line does not name are not compared:",
    '  {"messages": ["…", "…"], "expected": {"intent": "…", "sentiment": "…", "language": "en", "categories": {…}}}',
    "",
    "Examples:",
    "  npm run evaluate -- docs/examples/labelled.jsonl --taxonomy docs/examples/retail.json",
    "  npm run evaluate -- mine.jsonl --no-local --region us-east-1 --taxonomy old.json,new.json \\",
    "      --summary-model global.anthropic.claude-haiku-4-5-20251001-v1:0,global.anthropic.claude-sonnet-4-5-20250929-v1:0",
  ].join("\n"),
} as const;

/** Each is paid by itself. */
const MAX_VARIANTS = 12;
const MAX_FILE_BYTES = 67_108_864;

/** Resolves with the text to print, which holds no text of a chat. Rejects with `JobError` or `HelpWanted`. */
export async function evaluate(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  screenWidth: number,
  say: (line: string) => void,
): Promise<string> {
  const line = readCommandLine({ Evaluation: EVALUATE, "Summaries and services": SERVICES }, INFO, argv, environment);
  // The cast is sound, because the same tables have read the values.
  const wanted = line.values as ValuesOf<typeof EVALUATE>;
  const values = line.values as ValuesOf<typeof SERVICES>;
  const [file, ...rest] = line.operands;
  if (file === undefined || rest.length > 0) {
    throw new JobError("BAD_OPTION", "Name one file of labelled sessions: npm run evaluate -- labelled.jsonl.");
  }
  const taxonomies = (wanted.taxonomy ?? [undefined]).map((given) => ({ given, taxonomy: taxonomyOf(given) }));
  const variants = taxonomies.flatMap((own) =>
    (wanted.summaryModel ?? [undefined]).map((model) => ({ ...own, model })),
  );
  if (variants.length > MAX_VARIANTS) {
    throw new JobError("BAD_OPTION", `At most ${MAX_VARIANTS} models and taxonomies at once: leave some out.`);
  }
  const sessions = parseLabelled(
    textOf(file),
    file,
    taxonomies.map(({ taxonomy }) => taxonomy),
  );
  const services = await openBedrock({ ...values, index: INDEX.index.defaultText }, say);
  try {
    const bedrock = {
      region: values.region,
      ...(services.endpoint === undefined ? {} : { endpoint: services.endpoint }),
      maxConcurrentCalls: values.concurrency,
      requestTimeoutMs: values.requestTimeout,
    };
    const asked = variants.map(({ model, taxonomy, given }) => ({
      given,
      settings: summariseSettings(values, model ?? defaultSummaryModel(bedrock), bedrock, taxonomy),
    }));
    for (const { settings } of asked) validateSummarise(settings);
    sayWhereTextMayGo(
      asked.map(({ settings }) => settings),
      say,
    );
    for (const { settings } of asked) await checkSummaryModel(settings);
    const found: Variant[] = [];
    for (const { given, settings } of asked) {
      say(`${settings.model} labels ${sessions.length} sessions …`);
      found.push(await variantOf(settings, given, sessions));
    }
    if (wanted.json) return safeJson({ sessions: sessions.length, variants: found });
    return evaluationText(found, sessions.length, screenWidth, services.lexical);
  } finally {
    await services.close();
  }
}

async function variantOf(
  settings: SummariseSettings,
  taxonomy: string | undefined,
  sessions: readonly LabelledSession[],
): Promise<Variant> {
  const parts = sessions.map(({ part }) => part);
  const { answers, inputTokens, outputTokens } = await summariseAll(settings, parts);
  const compared = sessions.map(({ expected }, index) => {
    const answer = answers[index]!;
    return { expected, summary: answer.ok ? answer.content.summary : undefined };
  });
  const refused: Record<string, number> = {};
  for (const answer of answers) if (!answer.ok) refused[answer.code] = (refused[answer.code] ?? 0) + 1;
  const usd = tokensUsd(settings.model, inputTokens, outputTokens);
  return {
    model: settings.model,
    taxonomy,
    taxonomyHash: taxonomyHash(settings.taxonomy),
    fields: agreements(compared),
    refused,
    inputTokens,
    outputTokens,
    usdPer1000Sessions: usd === undefined ? null : (usd / sessions.length) * 1_000,
  };
}

function textOf(file: string): string {
  try {
    const content = readFileSync(path.resolve(file));
    if (content.length > MAX_FILE_BYTES)
      throw new JobError("BAD_OPTION", `${file} is larger than 64 MiB: take a part.`);
    return content.toString("utf8");
  } catch (cause) {
    if (cause instanceof JobError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    throw new JobError("BAD_OPTION", `${file} cannot be read (${code}): give a file of labelled sessions.`, { cause });
  }
}
