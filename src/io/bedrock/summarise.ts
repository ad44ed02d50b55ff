import { asyncDoFn, type AsyncElement, type Counter, type OpenContext } from "../../beam";
import { deadLetterCoder } from "../../chat/coders/dead-letter";
import { summarisedPartCoder } from "../../chat/coders/summarised-part";
import type { DeadLetterCode } from "../../chat/errors";
import type { DeadLetter, SessionPart, SessionSummary, SummarisedPart } from "../../chat/model";
import { sessionDeadLetter } from "../../chat/steps/dead-letter";
import { buildPrompt } from "../../chat/steps/prompt";
import type { Budget, CallResult } from "./model-caller";
import { callsOf, ModelStage } from "./model-stage";
import { structuredFor, type SummariseSettings } from "./settings";
import type { ModelAnswer } from "./summary-answer";
import { askForSummary } from "./summary-request";
import { checkSummary } from "./summary-schema";

export type SummariseOutputs = { main: SummarisedPart; deadLetters: DeadLetter };

type Summarised =
  | { readonly ok: true; readonly summary: SessionSummary }
  | { readonly ok: false; readonly code: DeadLetterCode; readonly reason: string };

/** How often a prompt that is too long for the model is made half as long. */
const MAX_SHORTENINGS = 3;

/**
 * One model call per session part, and at most a few more: one more for an invalid answer, one more for an answer that was
 * cut, and up to three for a prompt that the model finds too long.
 */
class Summarise extends ModelStage<SessionPart, SummariseOutputs> {
  private readonly summarised: Counter;
  private readonly inputTokens: Counter;
  private readonly outputTokens: Counter;

  constructor(
    private readonly settings: SummariseSettings,
    context: OpenContext,
  ) {
    super(settings.model, settings.bedrock, context);
    this.summarised = context.metrics.counter("summarised");
    this.inputTokens = context.metrics.counter("inputTokens");
    this.outputTokens = context.metrics.counter("outputTokens");
  }

  protected override async processOne({
    value: part,
    emit,
  }: AsyncElement<SessionPart, SummariseOutputs>): Promise<void> {
    const result = await this.caller.within((budget) => this.summarise(part, budget));
    if (!result.ok) return emit("deadLetters", sessionDeadLetter(result.code, result.reason, part));
    this.summarised.inc();
    return emit("main", { part, summary: result.summary, summaryModel: this.settings.model });
  }

  /** Each way to go round again is taken a bounded number of times, so the loop ends. */
  private async summarise(part: SessionPart, budget: Budget): Promise<Summarised> {
    let { maxTokens, maxChatTokens } = this.settings;
    let objection: string | undefined;
    let cut = false;
    let shortenings = 0;
    for (;;) {
      const result = await this.ask(part, { maxTokens, maxChatTokens, objection }, budget);
      if (result.kind === "tooLong" && shortenings++ < MAX_SHORTENINGS) {
        maxChatTokens = Math.floor(maxChatTokens / 2);
        continue;
      }
      if (result.kind !== "answer") return { ok: false, code: "MODEL_REFUSED", reason: result.reason };
      const { outcome } = result.value;
      if (outcome.kind === "refused") return { ok: false, code: "MODEL_REFUSED", reason: outcome.reason };
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
    own: { readonly maxTokens: number; readonly maxChatTokens: number; readonly objection: string | undefined },
    budget: Budget,
  ): Promise<CallResult<ModelAnswer>> {
    const promptSettings = {
      language: this.settings.language,
      maxChatTokens: own.maxChatTokens,
      answerAsText: structuredFor(this.settings) === "text",
    };
    const prompt = buildPrompt(part, promptSettings, own.objection);
    const result = await this.caller.call(budget, (client, call) =>
      askForSummary(client, prompt, own.maxTokens, this.settings, call),
    );
    if (result.kind === "answer") {
      this.inputTokens.inc(result.value.inputTokens);
      this.outputTokens.inc(result.value.outputTokens);
    }
    return result;
  }
}

/**
 * Session parts → summarised parts, and dead letters for what the model refuses (MODEL_REFUSED), answers wrongly
 * (BAD_ANSWER) or not to the end (ANSWER_CUT). Temporary trouble is waited out; a wrong setting ends the run.
 */
export const summarise = asyncDoFn("summarise", {
  outputs: { main: summarisedPartCoder, deadLetters: deadLetterCoder },
  calls: callsOf,
  open: (settings: SummariseSettings, context) => new Summarise(settings, context),
});
