import { z } from "zod";
import { malformed } from "./aws-error";
import type { ClaudeReply, ClaudeRequest } from "./claude";

const TEXT = z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() })).min(1)]);

const BODY = z.object({
  anthropic_version: z.literal("bedrock-2023-05-31"),
  max_tokens: z.number(),
  temperature: z.number().min(0).max(1).optional(),
  system: TEXT.optional(),
  messages: z.array(z.object({ role: z.enum(["user", "assistant"]), content: TEXT })).min(1),
  tools: z.array(z.object({ name: z.string(), input_schema: z.unknown().optional() })).optional(),
  tool_choice: z.looseObject({ type: z.string(), name: z.string().optional() }).optional(),
});

/** Reads Anthropic's messages body, as InvokeModel takes it, into a request; throws ValidationException. */
export function readMessagesBody(json: unknown, toolsSupported: boolean): ClaudeRequest {
  const parsed = BODY.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw malformed(issue?.path.join("/") ?? "", issue?.message ?? "invalid");
  }
  const { max_tokens: maxTokens, system, messages, tools, tool_choice: choice } = parsed.data;
  if (messages[0]?.role !== "user") throw malformed("messages/0/role", "first message must use the user role");
  if (tools !== undefined && !toolsSupported) throw malformed("", "extraneous key [tools] is not permitted");
  const found = choice?.type === "tool" ? tools?.find((tool) => tool.name === choice.name) : undefined;
  if (choice?.type === "tool" && found === undefined) throw malformed("tool_choice", "tool not found in tools");
  return {
    system: textOf(system ?? ""),
    userText: textOf(messages.at(-1)?.content ?? ""),
    maxTokens,
    tool: found === undefined ? undefined : { name: found.name, schema: found.input_schema },
  };
}

function textOf(content: z.infer<typeof TEXT>): string {
  return typeof content === "string" ? content : content.map((block) => block.text ?? "").join("");
}

export function messagesAnswer(reply: ClaudeReply, id: string, model: string): object {
  return {
    id: `msg_${id}`,
    type: "message",
    role: "assistant",
    model,
    content: blocksOf(reply.content, id),
    stop_reason: STOP_REASONS[reply.stopReason] ?? reply.stopReason,
    stop_sequence: null,
    usage: { input_tokens: reply.inputTokens, output_tokens: reply.outputTokens },
    // Bedrock's own field beside those of the messages API; it stands in no answer without a guardrail.
    ...(reply.stopReason === "guardrail_intervened" ? { "amazon-bedrock-guardrailAction": "INTERVENED" } : {}),
  };
}

/** This API has no word for a content filter, where its models decline, and none for a guardrail. */
const STOP_REASONS: Partial<Record<ClaudeReply["stopReason"], string>> = {
  content_filtered: "refusal",
  guardrail_intervened: "end_turn",
};

function blocksOf(content: ClaudeReply["content"], id: string): object[] {
  switch (content.kind) {
    case "text":
      return [{ type: "text", text: content.text }];
    case "tool":
      return [{ type: "tool_use", id: `toolu_${id}`, name: content.name, input: content.input }];
    case "mixed": {
      const calls = content.inputs.map((input, index) => ({
        type: "tool_use",
        id: `toolu_${id}${index}`,
        name: content.name,
        input,
      }));
      return content.text === "" ? calls : [{ type: "text", text: content.text }, ...calls];
    }
  }
}
