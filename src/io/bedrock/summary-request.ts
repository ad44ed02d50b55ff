import type { ConverseCommandInput } from "@aws-sdk/client-bedrock-runtime";
import type { Prompt } from "../../chat/steps/prompt";
import type { BedrockClient, Call } from "./client";
import { readConverse, readMessages, type ModelAnswer } from "./summary-answer";
import { type Structured, structuredFor, type SummariseSettings, temperatureFor } from "./settings";
import { SUMMARY_JSON_SCHEMA, TOOL_DESCRIPTION, TOOL_NAME } from "./summary-schema";

/** The body version that Anthropic's models on Bedrock require. */
const ANTHROPIC_VERSION = "bedrock-2023-05-31";

/** Makes one call for one prompt, in the API and form of the settings. Errors are the client's. */
export async function askForSummary(
  client: BedrockClient,
  prompt: Prompt,
  maxTokens: number,
  settings: SummariseSettings,
  call: Call,
): Promise<ModelAnswer> {
  const structured = structuredFor(settings);
  if (settings.api === "invoke") {
    const body = messagesBody(prompt, maxTokens, structured, temperatureFor(settings.model));
    return readMessages(await client.invoke(settings.model, body, call), structured);
  }
  const input = converseInput(settings.model, prompt, maxTokens, structured, temperatureFor(settings.model));
  return readConverse(await client.converse(input, call), structured);
}

function converseInput(
  modelId: string,
  prompt: Prompt,
  maxTokens: number,
  structured: Structured,
  temperature: number | undefined,
): ConverseCommandInput {
  const input: ConverseCommandInput = {
    modelId,
    system: [{ text: prompt.system }],
    messages: [{ role: "user", content: [{ text: prompt.user }] }],
    inferenceConfig: { maxTokens, ...(temperature === undefined ? {} : { temperature }) },
  };
  if (structured === "text") return input;
  const toolSpec = { name: TOOL_NAME, description: TOOL_DESCRIPTION, inputSchema: { json: SUMMARY_JSON_SCHEMA } };
  return { ...input, toolConfig: { tools: [{ toolSpec }], toolChoice: { tool: { name: TOOL_NAME } } } };
}

/** Anthropic's messages API as InvokeModel takes it. */
function messagesBody(
  prompt: Prompt,
  maxTokens: number,
  structured: Structured,
  temperature: number | undefined,
): object {
  return {
    anthropic_version: ANTHROPIC_VERSION,
    max_tokens: maxTokens,
    ...(temperature === undefined ? {} : { temperature }),
    system: prompt.system,
    messages: [{ role: "user", content: [{ type: "text", text: prompt.user }] }],
    ...(structured === "text"
      ? {}
      : {
          tools: [{ name: TOOL_NAME, description: TOOL_DESCRIPTION, input_schema: SUMMARY_JSON_SCHEMA }],
          tool_choice: { type: "tool", name: TOOL_NAME },
        }),
  };
}
