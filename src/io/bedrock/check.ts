import { JobError } from "../../chat/errors";
import { buildPrompt } from "../../chat/steps/prompt";
import { ask, type Asked } from "./ask";
import { readTitan, titanBody } from "./embed-request";
import { dimensionsOf, type EmbedSettings, structuredFor, type SummariseSettings } from "./settings";
import type { ModelAnswer } from "./summary-answer";
import { askForSummary } from "./summary-request";

/** The cheapest call that meets the same errors as a real one. */
const GREETING = "Hello, is anybody there?";
const PROBE = { part: 1, partCount: 1 };

/**
 * Calls both models once, as the job will. Throws `JobError` with one sentence on how to mend it: MODEL_NOT_FOUND,
 * ACCESS_DENIED, NO_CREDENTIALS, SERVICE_UNREACHABLE, BAD_OPTION or VECTOR_SIZE. A model that throttles passes: it
 * exists, and the job waits for it. Costs about 700 tokens.
 */
export async function checkBedrock(settings: {
  readonly summarise: SummariseSettings;
  readonly embed: EmbedSettings;
}): Promise<void> {
  await Promise.all([checkSummaryModel(settings.summarise), probeVectorSize(settings.embed)]);
}

/** Asks the summary model to describe a greeting. Throws as `checkBedrock` does. */
export async function checkSummaryModel(settings: SummariseSettings): Promise<Asked<ModelAnswer>> {
  const answerAsText = structuredFor(settings) === "text";
  const prompt = buildPrompt(PROBE, [GREETING], { language: settings.language, answerAsText });
  return ask(settings.bedrock, settings.model, (client, call) =>
    askForSummary(client, prompt, settings.maxTokens, settings, call),
  );
}

/**
 * Asks the embedding model for the size of its vectors. Returns the settings' size while it throttles, since every
 * vector is checked again when it comes. Throws as `checkBedrock` does; VECTOR_SIZE when the size is not that of the
 * settings.
 */
export async function probeVectorSize(settings: EmbedSettings): Promise<number> {
  const { model, bedrock } = settings;
  const asked = await ask(bedrock, model.id, (client, call) =>
    client.invoke(model.id, titanBody(model, "hello"), call),
  );
  if (asked.kind === "throttled") return dimensionsOf(model);
  const read = readTitan(asked.value, model);
  if (!read.ok) throw new JobError("BAD_OPTION", `${model.id} is no embedding model for this job: ${read.reason}.`);
  return read.embedding.length;
}
