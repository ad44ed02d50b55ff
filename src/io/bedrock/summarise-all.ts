/** Summarises session parts outside of a pipeline, with the calls, the retries and the rate control of the job. */
import type { Metrics } from "../../beam";
import type { SessionPart, SummarisedPart } from "../../chat/model";
import { redactorFor } from "../redactor";
import type { Answer } from "./ask-for-documents";
import { createBedrockClient } from "./client";
import { elementsAtOnce, ModelCaller } from "./model-caller";
import { summaryProbe } from "./probe";
import { RateController } from "./rate-controller";
import { RefusalCheck } from "./refusal-check";
import type { SummariseSettings } from "./settings";
import { PartSummariser } from "./summarise-part";
import { askingForm } from "./summary-request";

export interface Summaries {
  /** One for each part, in order. */
  readonly answers: readonly Answer<SummarisedPart>[];
  /** Tokens of all calls, useful or not. */
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const NO_METRICS: Metrics = {
  counter: () => ({ inc: () => undefined }),
  distribution: () => ({ update: () => undefined }),
  gauge: () => ({ set: () => undefined }),
};

/** Rejects with a `JobError` for a wrong setting; waits for temporary trouble. */
export async function summariseAll(settings: SummariseSettings, parts: readonly SessionPart[]): Promise<Summaries> {
  const { model, bedrock } = settings;
  const redactor = await redactorFor(settings.privacy);
  const client = createBedrockClient(bedrock);
  const form = askingForm(settings);
  const refusals = { check: new RefusalCheck(model), probe: summaryProbe(settings, form) };
  const rate = new RateController(bedrock.maxConcurrentCalls);
  const caller = new ModelCaller(model, bedrock, client, rate, refusals, NO_METRICS, "summarise");
  const tokens = { inputTokens: 0, outputTokens: 0 };
  const summariser = new PartSummariser(caller, settings, form, redactor, ({ inputTokens, outputTokens }) => {
    tokens.inputTokens += inputTokens;
    tokens.outputTokens += outputTokens;
  });
  const answers: Answer<SummarisedPart>[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let place = next++; place < parts.length; place = next++) {
      answers[place] = await summariser.summarise(parts[place]!);
    }
  };
  try {
    await Promise.all(Array.from({ length: elementsAtOnce(bedrock) }, work));
    return { answers, ...tokens };
  } finally {
    caller.close();
    client.close();
  }
}
