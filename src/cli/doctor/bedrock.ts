import type { TakeClock } from "../../io/aws/clock";
import { greetSummaryModel, probeVectorSize } from "../../io/bedrock/check";
import { dimensionsOf } from "../../io/bedrock/settings";
import type { PipelineSettings } from "../../pipeline";
import { examineClock } from "./clock";
import { examine, type Finding, type Seen } from "./finding";

const THROTTLED: Seen = {
  found: "it throttles",
  cure: "That is temporary, and a job waits: look again in a minute, or ask AWS for a higher quota.",
};

/** Asks each model once, as the job will. Costs about 700 tokens. */
export async function examineBedrock(settings: PipelineSettings): Promise<readonly Finding[]> {
  const { summarise, embed } = settings;
  let aheadMs: number | undefined;
  const summaryCall = summarise.api === "invoke" ? "bedrock:InvokeModel" : "bedrock:InvokeModel (Converse)";
  const [summary, vector] = await Promise.all([
    examine({ name: `${summaryCall} ${summarise.model}`, expected: "a complete, structured answer" }, () =>
      askSummary(summarise, (now) => (aheadMs = now)),
    ),
    examine({ name: `bedrock:InvokeModel ${embed.model.id}`, expected: "a vector" }, () => askVector(embed)),
  ]);
  return [summary, vector, await examineClock("Bedrock", aheadMs, settings.kinesis.allowedDisorderMs)];
}

async function askSummary(settings: PipelineSettings["summarise"], takeClock: TakeClock): Promise<Seen> {
  const asked = await greetSummaryModel(settings, takeClock);
  if (asked.kind === "throttled") return THROTTLED;
  const { answer, trouble } = asked.value;
  const { outcome, inputTokens, outputTokens } = answer;
  const stopReason = wordOf(answer.stopReason);
  const facts = { outcome: outcome.kind, stopReason, inputTokens, outputTokens };
  const found = `an answer of ${outputTokens} tokens, stop reason ${stopReason}`;
  return trouble === undefined ? { found, facts } : { found, facts, cure: trouble.message };
}

/** A stop reason is one of a service's words; whatever else came in its place is not repeated. */
function wordOf(stopReason: string | undefined): string {
  if (stopReason === undefined) return "none";
  return /^[a-z_]{1,40}$/.test(stopReason) ? stopReason : "unknown";
}

async function askVector(settings: PipelineSettings["embed"]): Promise<Seen> {
  const asked = await probeVectorSize(settings);
  if (asked.kind === "throttled") return THROTTLED;
  const length = asked.value;
  const expected = dimensionsOf(settings.model);
  const found = `a vector of ${length} numbers`;
  return length === expected ? { found } : { found, cure: `Set --embedding-dimensions ${length}.` };
}
