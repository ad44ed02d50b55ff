import { JobError } from "../../chat/errors";
import { truncateToTokens } from "../../chat/steps/text/tokens";
import { ask, type Asking } from "./ask";
import { MAX_INPUT_LENGTH, MAX_INPUT_TOKENS, readTitan, titanBody } from "./embed-request";
import type { EmbedSettings } from "./settings";

/**
 * Embeds any text, such as a question, with the model that embeds sessions; a text that is too long is cut. Tries for
 * some seconds, or as long as `patience` says, then rejects with a `JobError`, as `ask` does; with SERVICE_UNREACHABLE,
 * too, when the model throttles all the time.
 */
export async function embedText(
  settings: Pick<EmbedSettings, "bedrock" | "model">,
  text: string,
  patience?: Asking,
): Promise<readonly number[]> {
  const { bedrock, model } = settings;
  const body = titanBody(model, truncateToTokens(text, MAX_INPUT_TOKENS, MAX_INPUT_LENGTH));
  const asked = await ask(bedrock, model.id, (client, call) => client.invoke(model.id, body, call), patience);
  if (asked.kind === "throttled") {
    throw new JobError(
      "SERVICE_UNREACHABLE",
      `Bedrock throttles ${model.id}, so the text has no vector: try again in a minute, or search by words with --mode keyword.`,
    );
  }
  const read = readTitan(asked.value, model);
  if (!read.ok) throw new JobError("BAD_OPTION", `${model.id} finds nothing to embed in the text: ${read.reason}.`);
  return read.embedding;
}
