/** Summarises one part of a session, by as many calls of the model as that takes. */
import type { DeadLetterCode } from "../../chat/errors";
import type { AskedVersions, SessionPart, SessionSummary, SummarisedPart } from "../../chat/model";
import type { Redactor } from "../../chat/privacy/redactor";
import { mergeSummaries } from "../../chat/steps/summaries/merge-summaries";
import {
  boundedInputs,
  inputTokens,
  linesOf,
  type ModelInput,
  modelInputs,
} from "../../chat/steps/summaries/model-inputs";
import { buildPrompt, PROMPT_VERSION, type PromptNotes } from "../../chat/steps/summaries/prompt";
import { taxonomyHash } from "../../chat/steps/summaries/taxonomy";
import type { Answer } from "./ask-for-documents";
import type { Budget, CallResult, ModelCaller } from "./model-caller";
import type { SummariseSettings } from "./settings";
import { judgeAnswer, type ModelAnswer } from "./summary-answer";
import { type AskingForm, askForSummary } from "./summary-request";

type Summarised =
  | { readonly ok: true; readonly summary: SessionSummary }
  | {
      readonly ok: false;
      readonly code: DeadLetterCode;
      readonly reason: string;
      /** True when the model may be giving everybody such answers. */
      readonly isDoubtful?: boolean;
    };

interface Place {
  /** True for one of several inputs of a part. */
  readonly isPiece: boolean;
  /** Times that the input was cut in two before. */
  readonly halvings: number;
}

/** Times that an input which is too long for the model is cut in two. */
const MAX_HALVINGS = 3;
/** Room to spare: the largest message by default, of the characters with most tokens, makes 17. */
export const MAX_INPUTS = 32;

/** The versions by which answers to these settings are told. */
export function askedVersions({ model, taxonomy }: SummariseSettings): AskedVersions {
  return { summaryModel: model, promptVersion: PROMPT_VERSION, taxonomyHash: taxonomyHash(taxonomy) };
}

/**
 * One model call per session part, and at most a few more: one more for an invalid answer, one more for an answer that
 * was cut; and as many again for answers that may have been everybody's. A part that does not fit one call, since one
 * of its messages is too long or since the model finds it so, is read in several, and their answers are merged.
 */
export class PartSummariser {
  private readonly versions: AskedVersions;

  /** `onAnswer` is told of the tokens of every answer, useful or not. */
  constructor(
    private readonly caller: ModelCaller,
    private readonly settings: SummariseSettings,
    private readonly form: AskingForm,
    private readonly redactor: Redactor,
    private readonly onAnswer: (used: Pick<ModelAnswer, "inputTokens" | "outputTokens">) => void,
  ) {
    this.versions = askedVersions(settings);
  }

  async summarise(part: SessionPart): Promise<Answer<SummarisedPart>> {
    const read = { ...part, messages: this.redactor.forModel(part.messages) };
    const all = modelInputs(linesOf(read.messages), this.settings.maxChatTokens);
    const { inputs, unreadCharacters } = boundedInputs(all, MAX_INPUTS);
    const result = await this.caller.within((budget) => this.summariseAll(read, inputs, 0, budget));
    if (!result.ok) return result;
    return {
      ok: true,
      content: { part, summary: this.redactor.answer(result.summary), ...this.versions, unreadCharacters },
    };
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
      inputs.map((input) => this.summariseInput(part, input, { isPiece, halvings }, budget)),
    )) {
      if (!result.ok) return result;
      summaries.push(result.summary);
    }
    return { ok: true, summary: mergeSummaries(summaries, this.settings.taxonomy.categories) };
  }

  /** Gives an input up only after the model gave others, or a greeting, a useful answer. */
  private async summariseInput(
    part: SessionPart,
    input: ModelInput,
    place: Place,
    budget: Budget,
  ): Promise<Summarised> {
    const result = await this.summariseOnce(part, input, place, budget);
    if (result.ok || result.isDoubtful !== true) return result;
    await this.caller.settle(budget);
    const again = await this.summariseOnce(part, input, place, budget);
    return again.ok ? again : { ...again, isDoubtful: false };
  }

  /** The loop ends, because each reason to go round again is bounded. */
  private async summariseOnce(
    part: SessionPart,
    input: ModelInput,
    { isPiece, halvings }: Place,
    budget: Budget,
  ): Promise<Summarised> {
    let { maxTokens } = this.settings;
    let objection: string | undefined;
    let cut = false;
    for (;;) {
      const result = await this.ask(part, input, maxTokens, { isPiece, objection }, budget);
      const judged =
        result.kind === "answer"
          ? judgeAnswer(result.value, this.form.answers, maxTokens)
          : ({ ok: false, ...result } as const);
      if (judged.ok) {
        if (result.kind === "answer") this.caller.noteUseful(result.sentMs);
        return judged;
      }
      const { kind, reason } = judged;
      const isDoubtful = result.kind === "answer";
      if (kind === "tooLong" && halvings < MAX_HALVINGS) {
        const halves = modelInputs(input, Math.ceil(inputTokens(input) / 2));
        return this.summariseAll(part, halves, halvings + 1, budget);
      }
      if (kind === "tooLong") return { ok: false, code: "MODEL_REFUSED", reason };
      if (kind === "refused") return { ok: false, code: "MODEL_REFUSED", reason, isDoubtful };
      if (kind === "cut") {
        if (cut) return { ok: false, code: "ANSWER_CUT", reason, isDoubtful };
        cut = true;
        maxTokens = this.settings.maxTokensWhenCut;
        continue;
      }
      if (objection !== undefined) return { ok: false, code: "BAD_ANSWER", reason, isDoubtful };
      objection = reason;
    }
  }

  private async ask(
    part: SessionPart,
    input: ModelInput,
    maxTokens: number,
    notes: PromptNotes,
    budget: Budget,
  ): Promise<CallResult<ModelAnswer>> {
    const { language, taxonomy } = this.settings;
    const answerAsText = this.form.structured === "text";
    const prompt = buildPrompt(part, input, { language, taxonomy, answerAsText }, notes);
    const result = await this.caller.call(budget, (client, call) =>
      askForSummary(client, prompt, maxTokens, this.form, call),
    );
    if (result.kind === "answer") this.onAnswer(result.value);
    return result;
  }
}
