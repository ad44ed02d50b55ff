import type { ConverseCommandInput } from "@aws-sdk/client-bedrock-runtime";
import type { Shared } from "../../beam";
import type { Prompt } from "../../chat/steps/summaries/prompt";
import type { BedrockClient, Call } from "./client";
import { readConverse, readMessages, type ModelAnswer } from "./summary-answer";
import { type Structured, structuredFor, type SummariseSettings, temperatureFor } from "./settings";
import { type AnswerForm, answerForm, TOOL_DESCRIPTION, TOOL_NAME } from "./summary-schema";

/** The body version that Anthropic's models on Bedrock require. */
const ANTHROPIC_VERSION = "bedrock-2023-05-31";

/** The part of a call that is the same in all calls of one stage. */
export interface AskingForm {
  readonly settings: Pick<SummariseSettings, "api" | "model">;
  readonly structured: Structured;
  readonly answers: AnswerForm;
}

export function askingForm(settings: SummariseSettings): AskingForm {
  return { settings, structured: structuredFor(settings), answers: answerForm(settings.taxonomy) };
}

/** The form of these settings, made once in a process: its checks of answers have 50 KB. */
export function sharedForm(shared: Shared, settings: SummariseSettings): AskingForm {
  return shared.get(`form of summaries ${JSON.stringify(settings)}`, () => askingForm(settings));
}

/** Makes one call for one prompt. Errors are the client's. */
export async function askForSummary(
  client: BedrockClient,
  prompt: Prompt,
  maxTokens: number,
  form: AskingForm,
  call: Call,
): Promise<ModelAnswer> {
  const { settings, structured, answers } = form;
  if (settings.api === "invoke") {
    const body = messagesBody(prompt, maxTokens, form);
    return readMessages(await client.invoke(settings.model, body, call), structured, answers);
  }
  return readConverse(await client.converse(converseInput(prompt, maxTokens, form), call), structured, answers);
}

function converseInput(
  prompt: Prompt,
  maxTokens: number,
  { settings: { model: modelId }, structured, answers }: AskingForm,
): ConverseCommandInput {
  const temperature = temperatureFor(modelId);
  const input: ConverseCommandInput = {
    modelId,
    system: [{ text: prompt.system }],
    messages: [{ role: "user", content: [{ text: prompt.user }] }],
    inferenceConfig: { maxTokens, ...(temperature === undefined ? {} : { temperature }) },
  };
  if (structured === "text") return input;
  const toolSpec = { name: TOOL_NAME, description: TOOL_DESCRIPTION, inputSchema: { json: answers.jsonSchema } };
  return { ...input, toolConfig: { tools: [{ toolSpec }], toolChoice: { tool: { name: TOOL_NAME } } } };
}

/** Anthropic's messages API as InvokeModel takes it. */
function messagesBody(prompt: Prompt, maxTokens: number, { settings, structured, answers }: AskingForm): object {
  const temperature = temperatureFor(settings.model);
  return {
    anthropic_version: ANTHROPIC_VERSION,
    max_tokens: maxTokens,
    ...(temperature === undefined ? {} : { temperature }),
    system: prompt.system,
    messages: [{ role: "user", content: [{ type: "text", text: prompt.user }] }],
    ...(structured === "text"
      ? {}
      : {
          tools: [{ name: TOOL_NAME, description: TOOL_DESCRIPTION, input_schema: answers.jsonSchema }],
          tool_choice: { type: "tool", name: TOOL_NAME },
        }),
  };
}
