import { CUSTOMER } from "../../chat/model";
import { readFence } from "../../chat/steps/summaries/prompt";
import { labelsOfRules, labelsOfSchema } from "./asked-labels";
import { malformed, validation } from "./aws-error";
import { describeChat } from "./describe-chat";
import type { Fate, Faults } from "./faults";
import { countTokens, type KnownModel } from "./models";
import { WRAPPINGS } from "./wrappings";

/** A request to Claude, independent of the API that it came by. */
export interface ClaudeRequest {
  readonly system: string;
  readonly userText: string;
  readonly maxTokens: number;
  /** The tool that must be called; undefined when none must. */
  readonly tool: { readonly name: string; readonly schema: unknown } | undefined;
}

export interface ClaudeReply {
  readonly content:
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "tool"; readonly name: string; readonly input: Record<string, unknown> }
    /** Text and calls of a tool as they come in disorder. */
    | { readonly kind: "mixed"; readonly text: string; readonly name: string; readonly inputs: readonly unknown[] };
  readonly stopReason:
    | "end_turn"
    | "tool_use"
    | "max_tokens"
    | "content_filtered"
    | "guardrail_intervened"
    | "model_context_window_exceeded";
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** The deterministic answer to a request. Throws the error with which the service would refuse it. */
export function reply(
  request: ClaudeRequest,
  model: KnownModel & { kind: "claude" },
  fate: Fate,
  { wrapping, fullContextTokens }: Pick<Faults, "wrapping" | "fullContextTokens">,
): ClaudeReply {
  if (!Number.isInteger(request.maxTokens) || request.maxTokens < 1) {
    throw malformed("max_tokens", "expected minimum value: 1");
  }
  if (request.maxTokens > model.maxOutputTokens) {
    throw validation(
      `The maximum tokens you requested exceeds the model limit of ${model.maxOutputTokens}. Try again with a maximum tokens value that is lower than ${model.maxOutputTokens}.`,
    );
  }
  const inputTokens = countTokens(request.system) + countTokens(request.userText);
  if (inputTokens > model.contextTokens) {
    throw validation(`prompt is too long: ${inputTokens} tokens > ${model.contextTokens} maximum`);
  }
  if (fate === "filtered") {
    const content = { kind: "text", text: "" } as const;
    return { content, stopReason: "content_filtered", inputTokens, outputTokens: 0 };
  }
  if (fate === "guardrail") {
    const content = { kind: "text", text: "Sorry, I cannot answer this question." } as const;
    return { content, stopReason: "guardrail_intervened", inputTokens, outputTokens: 0 };
  }
  const composed = compose(request, fate === "badAnswer");
  if (inputTokens > (fullContextTokens ?? Infinity)) {
    const content = composed.kind === "text" ? composed : ({ kind: "text", text: "" } as const);
    return { content, stopReason: "model_context_window_exceeded", inputTokens, outputTokens: 1 };
  }
  if (wrapping !== null && composed.kind === "tool") {
    const { text, inputs } = WRAPPINGS[wrapping](composed.input);
    const stopReason = inputs.length === 0 ? "end_turn" : "tool_use";
    return { content: { ...composed, kind: "mixed", text, inputs }, stopReason, inputTokens, outputTokens: 100 };
  }
  return bounded(composed, request.maxTokens, inputTokens, fate === "cut");
}

type Composed = Exclude<ClaudeReply["content"], { readonly kind: "mixed" }>;

function compose(request: ClaudeRequest, bad: boolean): Composed {
  const labels = request.tool === undefined ? labelsOfRules(request.system) : labelsOfSchema(request.tool.schema);
  const lines = readFence(request.userText) ?? [{ speaker: [CUSTOMER], text: request.userText }];
  const textsOf = (isCustomer: boolean): readonly string[] =>
    lines.filter(({ speaker: [role] }) => (role === CUSTOMER) === isCustomer).map(({ text }) => text);
  const description: Record<string, unknown> = {
    ...describeChat(textsOf(true), labels, textsOf(false)),
    ...(bad ? { sentiment: "meh", topics: "none" } : {}),
  };
  if (request.tool !== undefined) {
    const wanted = propertiesOf(request.tool.schema);
    const input = Object.fromEntries(Object.entries(description).filter(([name]) => wanted.has(name)));
    return { kind: "tool", name: request.tool.name, input };
  }
  if (/JSON object/.test(request.system)) {
    const json = JSON.stringify(description, undefined, 2);
    return { kind: "text", text: bad ? "I cannot put this into JSON." : `Here it is:\n\`\`\`json\n${json}\n\`\`\`` };
  }
  return { kind: "text", text: String(description["summary"]) };
}

/** Ends the answer at the limit, wherever that falls; a tool's input loses its last fields. */
function bounded(content: Composed, maxTokens: number, inputTokens: number, cut: boolean): ClaudeReply {
  const whole = content.kind === "text" ? content.text : JSON.stringify(content.input);
  const tokens = countTokens(whole);
  if (!cut && tokens <= maxTokens) {
    const stopReason = content.kind === "tool" ? "tool_use" : "end_turn";
    return { content, stopReason, inputTokens, outputTokens: tokens };
  }
  const outputTokens = cut ? Math.min(maxTokens, tokens) : maxTokens;
  if (content.kind === "text") {
    const kept = [...content.text].slice(0, outputTokens * 2).join("");
    return { content: { kind: "text", text: kept }, stopReason: "max_tokens", inputTokens, outputTokens };
  }
  const [first] = Object.entries(content.input);
  const input = first === undefined ? {} : { [first[0]]: first[1] };
  return { content: { ...content, input }, stopReason: "max_tokens", inputTokens, outputTokens };
}

function propertiesOf(schema: unknown): ReadonlySet<string> {
  const properties = (schema as { readonly properties?: unknown } | null)?.properties;
  return new Set(typeof properties === "object" && properties !== null ? Object.keys(properties) : []);
}
