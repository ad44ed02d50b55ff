import { JobError } from "../../chat/errors";
import type { TakeClock } from "../aws/clock";
import { ask, type Asked } from "./ask";
import { readTitan } from "./embed-request";
import { greeting, greetingToEmbed } from "./probe";
import { type EmbedSettings, type SummariseSettings } from "./settings";
import { judgeAnswer, type Judged, type ModelAnswer } from "./summary-answer";
import { askingForm } from "./summary-request";

/**
 * Calls both models once, as the job will. Throws `JobError` with one sentence on how to mend it: MODEL_NOT_FOUND,
 * ACCESS_DENIED, NO_CREDENTIALS, SERVICE_UNREACHABLE, BAD_OPTION or VECTOR_SIZE. A model that throttles passes: it
 * exists, and the job waits for it. `takeClock` is told of the clocks of answers. Costs about 700 tokens.
 */
export async function checkBedrock(
  settings: { readonly summarise: SummariseSettings; readonly embed: EmbedSettings },
  takeClock?: TakeClock,
): Promise<void> {
  await Promise.all([checkSummaryModel(settings.summarise, takeClock), probeVectorSize(settings.embed)]);
}

/** A model's description of a greeting. */
export interface Greeted {
  readonly answer: ModelAnswer;
  /** Set when the answer is of no use: what to do about it. */
  readonly trouble?: JobError;
}

/** Asks the summary model to describe a greeting. Throws as `checkBedrock` does. */
export async function checkSummaryModel(settings: SummariseSettings, takeClock?: TakeClock): Promise<void> {
  const asked = await greetSummaryModel(settings, takeClock);
  if (asked.kind === "answer" && asked.value.trouble !== undefined) throw asked.value.trouble;
}

/**
 * Does the same, and resolves with the answer. An answer of no use is asked for once more, with more tokens, as the job
 * does.
 */
export async function greetSummaryModel(settings: SummariseSettings, takeClock?: TakeClock): Promise<Asked<Greeted>> {
  const { bedrock, model, maxTokens, maxTokensWhenCut } = settings;
  const form = askingForm(settings);
  const greet = async (most: number): Promise<Asked<Greeted>> => {
    const asked = await ask(bedrock, model, greeting(settings, most, form), { takeClock });
    if (asked.kind === "throttled") return asked;
    const judged = judgeAnswer(asked.value, form.answers, most);
    return {
      kind: "answer",
      value: { answer: asked.value, ...(judged.ok ? {} : { trouble: useless(judged, model) }) },
    };
  };
  const first = await greet(maxTokens);
  return first.kind === "answer" && first.value.trouble !== undefined ? greet(maxTokensWhenCut) : first;
}

function useless({ kind, reason }: Extract<Judged, { ok: false }>, model: string): JobError {
  const other = "give another --summary-model";
  const cure = {
    refused: /guardrail/.test(reason)
      ? `take these calls out of the guardrail that the account or its organization enforces (Bedrock's console, Guardrails), or ${other}`
      : other,
    cut: other,
    tooLong: other,
    form: `${other}, or another form with --structured`,
  }[kind];
  return new JobError("BAD_OPTION", `${model} does not describe even a greeting (${reason}): ${cure}.`);
}

/**
 * Asks the embedding model for the size of its vectors. While it throttles that is not known, and every vector is
 * checked again when it comes. Throws as `checkBedrock` does; VECTOR_SIZE when the size is not that of the settings.
 */
export async function probeVectorSize(settings: EmbedSettings): Promise<Asked<number>> {
  const { model, bedrock } = settings;
  const asked = await ask(bedrock, model.id, greetingToEmbed(settings));
  if (asked.kind === "throttled") return asked;
  const read = readTitan(asked.value, model);
  if (!read.ok) throw new JobError("BAD_OPTION", `${model.id} is no embedding model for this job: ${read.reason}.`);
  return { kind: "answer", value: read.embedding.length };
}
