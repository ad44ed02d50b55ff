import { asyncDoFn, type AsyncElement, type Counter, type OpenContext } from "../../beam";
import { deadLetterCoder } from "../../chat/coders/dead-letter";
import { summarisedCoder } from "../../chat/coders/planned-session";
import type { DeadLetterCode } from "../../chat/errors";
import type { DeadLetter, EmbeddedPart, SessionPart, SessionSummary, SummarisedPart } from "../../chat/model";
import type { PlannedSession } from "../../chat/plan";
import { mergeSummaries } from "../../chat/steps/merge-summaries";
import { boundedInputs, inputTokens, type ModelInput, modelInputs } from "../../chat/steps/model-inputs";
import { buildPrompt, type PromptNotes } from "../../chat/steps/prompt";
import { type Answer, askForDocuments } from "./ask-for-documents";
import type { Budget, CallResult } from "./model-caller";
import { callsOf, ModelStage } from "./model-stage";
import { summaryProbe } from "./probe";
import { structuredFor, type SummariseSettings } from "./settings";
import type { ModelAnswer } from "./summary-answer";
import { askForSummary } from "./summary-request";
import { checkSummary } from "./summary-schema";

type Planned = PlannedSession<SessionPart | EmbeddedPart>;
export type SummariseOutputs = { main: PlannedSession<SummarisedPart | EmbeddedPart>; deadLetters: DeadLetter };

type Summarised =
  | { readonly ok: true; readonly summary: SessionSummary }
  | { readonly ok: false; readonly code: DeadLetterCode; readonly reason: string };

/** Times that an input which is too long for the model is cut in two. */
const MAX_HALVINGS = 3;
/** Room to spare: the largest message by default, of the characters with most tokens, makes 17. */
const MAX_INPUTS = 32;

/**
 * One model call per session part, and at most a few more: one more for an invalid answer, one more for an answer that
 * was cut. A part that does not fit one call, since one of its messages is too long or since the model finds it so, is
 * read in several, and their answers are merged.
 */
class Summarise extends ModelStage<Planned, SummariseOutputs> {
  private readonly summarised: Counter;
  private readonly inputTokens: Counter;
  private readonly outputTokens: Counter;

  constructor(
    private readonly settings: SummariseSettings,
    context: OpenContext,
  ) {
    super(settings.model, settings.bedrock, summaryProbe(settings), context);
    this.summarised = context.metrics.counter("summarised");
    this.inputTokens = context.metrics.counter("inputTokens");
    this.outputTokens = context.metrics.counter("outputTokens");
  }

  protected override processOne({ value, emit }: AsyncElement<Planned, SummariseOutputs>): Promise<void> {
    return askForDocuments(value, (content) => this.answer(content), emit);
  }

  private async answer(part: SessionPart | EmbeddedPart): Promise<Answer<SummarisedPart | EmbeddedPart>> {
    if ("summary" in part) return { ok: true, content: part };
    const contents = part.messages.map(({ content }) => content);
    const { inputs, unreadCharacters } = boundedInputs(modelInputs(contents, this.settings.maxChatTokens), MAX_INPUTS);
    const result = await this.caller.within((budget) => this.summariseAll(part, inputs, 0, budget));
    if (!result.ok) return result;
    this.summarised.inc();
    const { model } = this.settings;
    return { ok: true, content: { part, summary: result.summary, summaryModel: model, unreadCharacters } };
  }

  /** Merges the summaries of all inputs into one, or returns the reason why one of them has none. */
  private async summariseAll(
    part: SessionPart,
    inputs: readonly ModelInput[],
    halvings: number,
    budget: Budget,
  ): Promise<Summarised> {
    const isPiece = halvings > 0 || inputs.length > 1;
    const summaries: SessionSummary[] = [];
    for (const result of await Promise.all(
      inputs.map((input) => this.summarise(part, input, { isPiece, halvings }, budget)),
    )) {
      if (!result.ok) return result;
      summaries.push(result.summary);
    }
    return { ok: true, summary: mergeSummaries(summaries) };
  }

  /** The loop ends, because each reason to go round again is bounded. */
  private async summarise(
    part: SessionPart,
    input: ModelInput,
    { isPiece, halvings }: { readonly isPiece: boolean; readonly halvings: number },
    budget: Budget,
  ): Promise<Summarised> {
    let { maxTokens } = this.settings;
    let objection: string | undefined;
    let cut = false;
    for (;;) {
      const result = await this.ask(part, input, maxTokens, { isPiece, objection }, budget);
      const outcome = result.kind === "answer" ? result.value.outcome : result;
      if (outcome.kind === "tooLong" && halvings < MAX_HALVINGS) {
        const halves = modelInputs(input, Math.ceil(inputTokens(input) / 2));
        return this.summariseAll(part, halves, halvings + 1, budget);
      }
      if (outcome.kind === "tooLong" || outcome.kind === "refused") {
        return { ok: false, code: "MODEL_REFUSED", reason: outcome.reason };
      }
      if (outcome.kind === "cut") {
        if (cut) return { ok: false, code: "ANSWER_CUT", reason: `the answer did not fit ${maxTokens} tokens` };
        cut = true;
        maxTokens = this.settings.maxTokensWhenCut;
        continue;
      }
      const checked =
        outcome.kind === "complete" ? checkSummary(outcome.content) : ({ ok: false, ...outcome } as const);
      if (checked.ok) return checked;
      if (objection !== undefined) return { ok: false, code: "BAD_ANSWER", reason: checked.objection };
      objection = checked.objection;
    }
  }

  private async ask(
    part: SessionPart,
    input: ModelInput,
    maxTokens: number,
    notes: PromptNotes,
    budget: Budget,
  ): Promise<CallResult<ModelAnswer>> {
    const { language } = this.settings;
    const answerAsText = structuredFor(this.settings) === "text";
    const prompt = buildPrompt(part, input, { language, answerAsText }, notes);
    const result = await this.caller.call(budget, (client, call) =>
      askForSummary(client, prompt, maxTokens, this.settings, call),
    );
    if (result.kind === "answer") {
      this.inputTokens.inc(result.value.inputTokens);
      this.outputTokens.inc(result.value.outputTokens);
    }
    return result;
  }
}

/**
 * Summarises the parts of planned sessions that have no summary, and makes dead letters of those that the model refuses (MODEL_REFUSED), answers wrongly
 * (BAD_ANSWER) or not to the end (ANSWER_CUT). Temporary trouble is waited out; a wrong setting ends the run.
 */
export const summarise = asyncDoFn("summarise", {
  outputs: { main: summarisedCoder, deadLetters: deadLetterCoder },
  calls: callsOf,
  open: (settings: SummariseSettings, context) => new Summarise(settings, context),
});
