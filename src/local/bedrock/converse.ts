import { z } from "zod";
import { malformed, validation } from "./aws-error";
import type { ClaudeReply, ClaudeRequest } from "./claude";

const BLOCK = z.looseObject({ text: z.string().optional() });

const BODY = z.object({
  system: z.array(z.object({ text: z.string() })).optional(),
  messages: z.array(z.object({ role: z.enum(["user", "assistant"]), content: z.array(BLOCK).min(1) })).min(1),
  inferenceConfig: z
    .object({ maxTokens: z.number().optional(), temperature: z.number().min(0).max(1).optional() })
    .optional(),
  toolConfig: z
    .object({
      tools: z
        .array(z.object({ toolSpec: z.object({ name: z.string(), inputSchema: z.object({ json: z.unknown() }) }) }))
        .min(1),
      toolChoice: z.object({ tool: z.object({ name: z.string() }).optional() }).optional(),
    })
    .optional(),
});

/** Tokens of an answer when the request names no limit. */
const DEFAULT_MAX_TOKENS = 4_096;

/** Reads the body of Converse into a request; throws ValidationException. */
export function readConverseBody(json: unknown, toolsSupported: boolean): ClaudeRequest {
  const parsed = BODY.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw malformed(issue?.path.join("/") ?? "", issue?.message ?? "invalid");
  }
  const { system, messages, inferenceConfig, toolConfig } = parsed.data;
  if (messages[0]?.role !== "user") throw validation("A conversation must start with a user message.");
  if (toolConfig !== undefined && !toolsSupported) throw validation("This model doesn't support tool use.");
  const last = messages.at(-1);
  return {
    system: (system ?? []).map((block) => block.text).join("\n"),
    userText: (last?.content ?? []).map((block) => block.text ?? "").join(""),
    maxTokens: inferenceConfig?.maxTokens ?? DEFAULT_MAX_TOKENS,
    tool: chosenTool(toolConfig),
  };
}

function chosenTool(config: z.infer<typeof BODY>["toolConfig"]): ClaudeRequest["tool"] {
  const name = config?.toolChoice?.tool?.name;
  if (config === undefined || name === undefined) return undefined;
  const found = config.tools.find(({ toolSpec }) => toolSpec.name === name);
  if (found === undefined) throw validation(`Tool '${name}' not found in provided tools.`);
  return { name, schema: found.toolSpec.inputSchema.json };
}

export function converseAnswer(reply: ClaudeReply, toolUseId: string, latencyMs: number): object {
  const { inputTokens, outputTokens } = reply;
  return {
    output: { message: { role: "assistant", content: blocksOf(reply.content, toolUseId) } },
    stopReason: reply.stopReason,
    usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens },
    metrics: { latencyMs },
  };
}

function blocksOf(content: ClaudeReply["content"], toolUseId: string): object[] {
  switch (content.kind) {
    case "text":
      return [{ text: content.text }];
    case "tool":
      return [{ toolUse: { toolUseId, name: content.name, input: content.input } }];
    case "mixed": {
      const calls = content.inputs.map((input, index) => ({
        toolUse: { toolUseId: `${toolUseId}${index}`, name: content.name, input },
      }));
      return content.text === "" ? calls : [{ text: content.text }, ...calls];
    }
  }
}
