import { answerForm } from "../../io/bedrock/summary-schema";
import { checkSummaryModel, probeVectorSize } from "../../io/bedrock/check";
import { dimensionsOf } from "../../io/bedrock/settings";
import type { PipelineSettings } from "../../pipeline";
import { examine, type Finding, type Seen } from "./finding";

/** Asks each model once, as the job will. Costs about 700 tokens. */
export function examineBedrock(settings: PipelineSettings): Promise<readonly Finding[]> {
  const { summarise, embed } = settings;
  const summaryCall = summarise.api === "invoke" ? "bedrock:InvokeModel" : "bedrock:InvokeModel (Converse)";
  return Promise.all([
    examine({ name: `${summaryCall} ${summarise.model}`, expected: "a complete, structured answer" }, () =>
      askSummary(summarise),
    ),
    examine({ name: `bedrock:InvokeModel ${embed.model.id}`, expected: "a vector" }, () => askVector(embed)),
  ]);
}

async function askSummary(settings: PipelineSettings["summarise"]): Promise<Seen> {
  const asked = await checkSummaryModel(settings);
  if (asked.kind === "throttled") {
    return { found: "it throttles", cure: "Wait a minute and look again, or ask AWS for a higher quota." };
  }
  const { outcome, inputTokens, outputTokens } = asked.value;
  const facts = { outcome: outcome.kind, inputTokens, outputTokens };
  if (outcome.kind !== "complete") {
    const cure = "Choose another --summary-model, --structured text, or a higher --max-tokens.";
    return { found: `an answer that is ${outcome.kind}`, facts, cure };
  }
  const checked = answerForm(settings.taxonomy).check(outcome.content);
  const found = `an answer of ${outputTokens} tokens`;
  return checked.ok
    ? { found, facts }
    : { found, facts, cure: `Choose another --summary-model: ${checked.objection}.` };
}

async function askVector(settings: PipelineSettings["embed"]): Promise<Seen> {
  const length = await probeVectorSize(settings);
  const expected = dimensionsOf(settings.model);
  const found = `a vector of ${length} numbers`;
  return length === expected ? { found } : { found, cure: `Set --embedding-dimensions ${length}.` };
}
