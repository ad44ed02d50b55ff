import { JobError } from "../../chat/errors";
import { ask, type Asked } from "./ask";
import { readTitan } from "./embed-request";
import { embeddingProbe, summaryProbe } from "./probe";
import { dimensionsOf, type EmbedSettings, type SummariseSettings } from "./settings";
import type { ModelAnswer } from "./summary-answer";

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
export function checkSummaryModel(settings: SummariseSettings): Promise<Asked<ModelAnswer>> {
  return ask(settings.bedrock, settings.model, summaryProbe(settings));
}

/**
 * Asks the embedding model for the size of its vectors. Returns the settings' size while it throttles, since every
 * vector is checked again when it comes. Throws as `checkBedrock` does; VECTOR_SIZE when the size is not that of the
 * settings.
 */
export async function probeVectorSize(settings: EmbedSettings): Promise<number> {
  const { model, bedrock } = settings;
  const asked = await ask(bedrock, model.id, embeddingProbe(settings));
  if (asked.kind === "throttled") return dimensionsOf(model);
  const read = readTitan(asked.value, model);
  if (!read.ok) throw new JobError("BAD_OPTION", `${model.id} is no embedding model for this job: ${read.reason}.`);
  return read.embedding.length;
}
