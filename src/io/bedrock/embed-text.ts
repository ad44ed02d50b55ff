import { JobError } from "../../chat/errors";
import { truncateToTokens } from "../../chat/steps/tokens";
import { tried } from "./check";
import { MAX_INPUT_LENGTH, MAX_INPUT_TOKENS, readTitan, titanBody } from "./embed-request";
import type { EmbedSettings } from "./settings";

/**
 * The vector of any text, such as a question, by the model that embeds sessions; what is too long is cut. Tries for some
 * seconds, then rejects with a `JobError`, as `checkBedrock` does.
 */
export async function embedText(
  settings: Pick<EmbedSettings, "bedrock" | "model">,
  text: string,
): Promise<readonly number[]> {
  const { bedrock, model } = settings;
  const body = titanBody(model, truncateToTokens(text, MAX_INPUT_TOKENS, MAX_INPUT_LENGTH));
  const read = readTitan(await tried(bedrock, model.id, (client, call) => client.invoke(model.id, body, call)), model);
  if (!read.ok) throw new JobError("BAD_OPTION", `${model.id} finds nothing to embed in the text: ${read.reason}.`);
  return read.embedding;
}
