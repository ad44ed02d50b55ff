import { asyncDoFn, type AsyncElement, type Counter, histogram, type OpenContext } from "../../beam";
import { deadLetterCoder } from "../../chat/coders/dead-letter";
import { summarisedCoder } from "../../chat/coders/planned-session";
import type { DeadLetter, EmbeddedPart, SessionPart, SummarisedPart } from "../../chat/model";
import type { PlannedSession } from "../../chat/plan";
import type { Redactor } from "../../chat/privacy/redactor";
import { redactorFor } from "../redactor";
import { type Answer, askForDocuments } from "./ask-for-documents";
import { callTokens } from "./measures";
import { callsOf, ModelStage } from "./model-stage";
import { summaryProbe } from "./probe";
import type { SummariseSettings } from "./settings";
import { PartSummariser } from "./summarise-part";
import { sharedForm } from "./summary-request";

type Planned = PlannedSession<SessionPart | EmbeddedPart>;
export type SummariseOutputs = { main: PlannedSession<SummarisedPart | EmbeddedPart>; deadLetters: DeadLetter };

class Summarise extends ModelStage<Planned, SummariseOutputs> {
  private readonly summarised: Counter;
  private readonly parts: PartSummariser;

  constructor(settings: SummariseSettings, context: OpenContext, redactor: Redactor) {
    const form = sharedForm(context.shared, settings);
    super("summarise", settings.model, settings.bedrock, summaryProbe(settings, form), context);
    this.summarised = context.metrics.counter("summarised");
    const input = histogram(context.metrics, callTokens("summarise", "input"));
    const output = histogram(context.metrics, callTokens("summarise", "output"));
    this.parts = new PartSummariser(this.caller, settings, form, redactor, (used) => {
      input.record(used.inputTokens);
      output.record(used.outputTokens);
    });
  }

  protected override processOne({ value, emit }: AsyncElement<Planned, SummariseOutputs>): Promise<void> {
    return askForDocuments(value, (content) => this.answer(content), emit);
  }

  private async answer(part: SessionPart | EmbeddedPart): Promise<Answer<SummarisedPart | EmbeddedPart>> {
    if ("summary" in part) return { ok: true, content: part };
    const answer = await this.parts.summarise(part);
    if (answer.ok) this.summarised.inc();
    return answer;
  }
}

/**
 * Summarises the parts of planned sessions that have no summary, and makes dead letters of those that the model refuses
 * (MODEL_REFUSED), answers wrongly (BAD_ANSWER) or not to the end (ANSWER_CUT). Temporary trouble is waited out; a
 * wrong setting ends the run.
 */
export const summarise = asyncDoFn("summarise", {
  outputs: { main: summarisedCoder, deadLetters: deadLetterCoder },
  calls: callsOf,
  open: async (settings: SummariseSettings, context) =>
    new Summarise(settings, context, await redactorFor(settings.privacy, context.shared)),
});
