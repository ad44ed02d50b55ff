import { asyncDoFn, type AsyncElement, type Counter, type Histogram, histogram, type OpenContext } from "../../beam";
import { deadLetterCoder } from "../../chat/coders/dead-letter";
import { embeddedCoder } from "../../chat/coders/planned-session";
import type { DeadLetter, EmbeddedPart, SummarisedPart } from "../../chat/model";
import type { PlannedSession } from "../../chat/plan";
import type { Redactor } from "../../chat/privacy/redactor";
import { redactorFor } from "../redactor";
import { type Answer, askForDocuments } from "./ask-for-documents";
import { type Embedded as ReadVector, embeddingInput, MAX_INPUT_TOKENS, readTitan, titanBody } from "./embed-request";
import { callTokens } from "./measures";
import type { Budget } from "./model-caller";
import { callsOf, ModelStage } from "./model-stage";
import { embeddingProbe } from "./probe";
import type { EmbedSettings } from "./settings";

type Summarised = PlannedSession<SummarisedPart | EmbeddedPart>;
export type EmbedOutputs = { main: PlannedSession<EmbeddedPart>; deadLetters: DeadLetter };

type Embedded = ReadVector & { readonly isCut?: boolean };

/** Times that an input which is too long for the model is halved. */
const MAX_SHORTENINGS = 3;
/** Useless vectors after which an input is asked for a last time. */
const MAX_USELESS = 2;

/**
 * One model call per part; up to three more for an input that the model finds too long, two more for useless vectors.
 */
class Embed extends ModelStage<Summarised, EmbedOutputs> {
  private readonly embedded: Counter;
  private readonly input: Histogram;

  constructor(
    private readonly settings: EmbedSettings,
    context: OpenContext,
    private readonly redactor: Redactor,
  ) {
    super("embed", settings.model.id, settings.bedrock, embeddingProbe(settings), context);
    this.embedded = context.metrics.counter("embedded");
    this.input = histogram(context.metrics, callTokens("embed", "input"));
  }

  protected override processOne({ value, emit }: AsyncElement<Summarised, EmbedOutputs>): Promise<void> {
    return askForDocuments(value, (content) => this.answer(content), emit);
  }

  private async answer(part: SummarisedPart | EmbeddedPart): Promise<Answer<EmbeddedPart>> {
    if ("embedding" in part) return { ok: true, content: part };
    const result = await this.caller.within((budget) => this.embed(part, budget));
    if (!result.ok) return { ok: false, code: "EMBEDDING_REFUSED", reason: result.reason };
    this.embedded.inc();
    this.input.record(result.inputTokens);
    const { embedding, isCut: embeddingTruncated = false } = result;
    return { ok: true, content: { ...part, embedding, embeddingModel: this.settings.model.id, embeddingTruncated } };
  }

  /** The loop ends, because each reason to go round again is bounded. */
  private async embed(value: SummarisedPart, budget: Budget): Promise<Embedded> {
    const { model, of } = this.settings;
    const { part } = value;
    const input = { ...value, part: { ...part, messages: this.redactor.forVector(part.messages) } };
    let maxTokens = MAX_INPUT_TOKENS;
    let shortenings = 0;
    let useless = 0;
    for (;;) {
      const { text, isCut } = embeddingInput(input, of, maxTokens);
      const body = titanBody(model, text);
      const result = await this.caller.call(budget, (client, how) => client.invoke(model.id, body, how));
      if (result.kind === "tooLong" && shortenings++ < MAX_SHORTENINGS) {
        maxTokens = Math.floor(maxTokens / 2);
        continue;
      }
      if (result.kind !== "answer") return { ok: false, reason: result.reason };
      const read = readTitan(result.value, model);
      if (read.ok) this.caller.noteUseful(result.sentMs);
      if (read.ok || useless === MAX_USELESS) return { ...read, isCut };
      // Useless vectors may be everybody's.
      if (++useless === MAX_USELESS) await this.caller.settle(budget);
    }
  }
}

/**
 * Embeds the summarised parts of planned sessions that have no vector, and makes dead letters of those that the model
 * refuses (EMBEDDING_REFUSED). Temporary trouble is waited out; a wrong setting, and a vector of the wrong size, end
 * the run.
 */
export const embed = asyncDoFn("embed", {
  outputs: { main: embeddedCoder, deadLetters: deadLetterCoder },
  calls: callsOf,
  open: async (settings: EmbedSettings, context) =>
    new Embed(settings, context, await redactorFor(settings.privacy, context.shared)),
});
