import type { ConverseCommandOutput } from "@aws-sdk/client-bedrock-runtime";
import { z } from "zod";
import type { SessionSummary } from "../../chat/model";
import { jsonObjects } from "./extract-json";
import type { Structured } from "./settings";
import { type AnswerForm, TOOL_NAME } from "./summary-schema";

/** A model's answer, independent of the API that it came through. */
export interface ModelAnswer {
  /** The service's word for why the answer ended. */
  readonly stopReason: string | undefined;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly outcome:
    | { readonly kind: "complete"; readonly content: unknown }
    /** The answer ended at the token limit. */
    | { readonly kind: "cut" }
    /** The answer has nothing to check, for a reason that asking again may mend. */
    | { readonly kind: "unusable"; readonly objection: string }
    /** Input and answer together do not fit the model; a shorter input may. */
    | { readonly kind: "tooLong"; readonly reason: string }
    | { readonly kind: "refused"; readonly reason: string };
}

type Outcome = ModelAnswer["outcome"];

const NO_TOOL_CALL: Outcome = { kind: "unusable", objection: "the tool was not called" };
const NO_JSON: Outcome = { kind: "unusable", objection: "the answer holds no complete JSON object" };

/** An answer's summary, or why the answer is of no use, in words that are not the model's. */
export type Judged =
  | { readonly ok: true; readonly summary: SessionSummary }
  | { readonly ok: false; readonly kind: "refused" | "cut" | "tooLong" | "form"; readonly reason: string };

/** Judges an answer of at most `maxTokens` tokens. */
export function judgeAnswer({ outcome }: ModelAnswer, form: AnswerForm, maxTokens: number): Judged {
  switch (outcome.kind) {
    case "cut":
      return { ok: false, kind: "cut", reason: `the answer did not fit ${maxTokens} tokens` };
    case "refused":
    case "tooLong":
      return { ok: false, ...outcome };
    case "unusable":
      return { ok: false, kind: "form", reason: outcome.objection };
    case "complete": {
      const checked = form.check(outcome.content);
      return checked.ok ? checked : { ok: false, kind: "form", reason: checked.objection };
    }
  }
}

export function readConverse(output: ConverseCommandOutput, structured: Structured, form: AnswerForm): ModelAnswer {
  const content = output.output?.message?.content ?? [];
  const inputs = content.flatMap(({ toolUse }) => (toolUse?.name === TOOL_NAME ? [toolUse.input] : []));
  const text = content.map((block) => block.text ?? "").join("");
  return {
    stopReason: output.stopReason,
    inputTokens: output.usage?.inputTokens ?? 0,
    outputTokens: output.usage?.outputTokens ?? 0,
    outcome: outcomeOf(output.stopReason, inputs, text, { structured, form }),
  };
}

/** Bedrock's own field in an answer of InvokeModel. */
const GUARDRAIL_ACTION = "amazon-bedrock-guardrailAction";
const STOPPED_BY_GUARDRAIL: Outcome = { kind: "refused", reason: "a guardrail stopped the answer" };

/** Anthropic's own answer; unknown blocks (thinking, for one) are ignored. */
const MESSAGES_ANSWER = z.object({
  content: z.array(
    z.object({
      type: z.string(),
      text: z.string().optional(),
      name: z.string().optional(),
      input: z.unknown().optional(),
    }),
  ),
  stop_reason: z.string().nullish(),
  [GUARDRAIL_ACTION]: z.string().optional(),
  usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }).optional(),
});

export function readMessages(body: unknown, structured: Structured, form: AnswerForm): ModelAnswer {
  const parsed = MESSAGES_ANSWER.safeParse(body);
  if (!parsed.success) {
    return {
      stopReason: undefined,
      inputTokens: 0,
      outputTokens: 0,
      outcome: { kind: "unusable", objection: "the answer is not of the messages API" },
    };
  }
  const { content, stop_reason: stopReason, usage } = parsed.data;
  const inputs = content.flatMap(({ type, name, input }) => (type === "tool_use" && name === TOOL_NAME ? [input] : []));
  const text = content.map((block) => (block.type === "text" ? (block.text ?? "") : "")).join("");
  return {
    stopReason: stopReason ?? undefined,
    inputTokens: usage?.input_tokens ?? 0,
    outputTokens: usage?.output_tokens ?? 0,
    outcome: judgeGuarded(parsed.data, outcomeOf(stopReason ?? undefined, inputs, text, { structured, form }), form),
  };
}

/**
 * A guardrail that only masked words leaves an answer that is complete; otherwise its own text stands there instead.
 */
function judgeGuarded(body: z.infer<typeof MESSAGES_ANSWER>, outcome: Outcome, form: AnswerForm): Outcome {
  if (body[GUARDRAIL_ACTION] !== "INTERVENED") return outcome;
  return outcome.kind === "complete" && form.check(outcome.content).ok ? outcome : STOPPED_BY_GUARDRAIL;
}

/** Stop reasons that settle the outcome, the same words in both APIs; any other is judged by the content. */
const FINAL_STOPS: ReadonlyMap<string | undefined, Outcome> = new Map<string, Outcome>([
  ["max_tokens", { kind: "cut" }],
  ["content_filtered", { kind: "refused", reason: "a content filter stopped the answer" }],
  ["guardrail_intervened", STOPPED_BY_GUARDRAIL],
  ["refusal", { kind: "refused", reason: "the model declined to answer" }],
  [
    "model_context_window_exceeded",
    { kind: "tooLong", reason: "the session and its answer do not fit the model's context" },
  ],
]);

function outcomeOf(
  stopReason: string | undefined,
  inputs: readonly unknown[],
  text: string,
  { structured, form }: { readonly structured: Structured; readonly form: AnswerForm },
): Outcome {
  const final = FINAL_STOPS.get(stopReason);
  if (final !== undefined) return final;
  const written = [...jsonObjects(text)];
  const asked = structured === "tool" ? [...inputs, ...written] : [...written, ...inputs];
  if (asked.length === 0) return structured === "tool" ? NO_TOOL_CALL : NO_JSON;
  // A model may call twice, or write beside its call: the first complete answer counts.
  const content = asked.length === 1 ? asked[0] : (asked.find((own) => form.check(own).ok) ?? asked[0]);
  return { kind: "complete", content };
}
