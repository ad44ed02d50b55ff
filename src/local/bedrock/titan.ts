import { malformed, validation } from "./aws-error";
import { countTokens } from "./models";
import { type Encoder, ENCODER_DIMENSIONS } from "./encoder";
import { jointVectorOf, vectorOf } from "./vector";

const MAX_TOKENS = 8_192;
const MAX_CHARACTERS = 50_000;
const V1_DIMENSIONS = 1_536;
const V2_DIMENSIONS = [256, 512, 1_024];
const KEYS = { "titan-v1": ["inputText"], "titan-v2": ["inputText", "dimensions", "normalize", "embeddingTypes"] };

export interface TitanReply {
  readonly body: { readonly embedding: readonly number[]; readonly inputTextTokenCount: number };
  readonly inputTokens: number;
}

export interface Embedding {
  /** Overrides the vector's length, as a fault. */
  readonly size: number | null;
  /** Gives vectors meanings, where there is room for them beside the words; without it they know words only. */
  readonly encoder?: Pick<Encoder, "encode"> | undefined;
}

/** Answers InvokeModel of a Titan text embedding; rejects with ValidationException. */
export async function embedText(
  json: unknown,
  version: "titan-v1" | "titan-v2",
  { size, encoder }: Embedding,
): Promise<TitanReply> {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw malformed("", "expected type: JSONObject");
  const body = json as Record<string, unknown>;
  const stray = Object.keys(body).find((key) => !KEYS[version].includes(key));
  if (stray !== undefined) throw malformed("", `extraneous key [${stray}] is not permitted`);
  const { inputText, dimensions, normalize } = body;
  if (typeof inputText !== "string") throw malformed("inputText", "expected type: String");
  if (inputText === "") throw malformed("inputText", "expected minLength: 1, actual: 0");
  const characters = [...inputText].length;
  if (characters > MAX_CHARACTERS) {
    throw malformed("inputText", `expected maxLength: ${MAX_CHARACTERS}, actual: ${characters}`);
  }
  const tokens = countTokens(inputText);
  if (tokens > MAX_TOKENS) {
    throw validation(
      `400 Bad Request: Too many input tokens. Max input tokens: ${MAX_TOKENS}, request input token count: ${tokens}`,
    );
  }
  if (dimensions !== undefined && !V2_DIMENSIONS.includes(dimensions as number)) {
    throw malformed("dimensions", `${JSON.stringify(dimensions)} is not a valid enum value`);
  }
  if (normalize !== undefined && typeof normalize !== "boolean") throw malformed("normalize", "expected type: Boolean");
  const own = version === "titan-v1" ? V1_DIMENSIONS : ((dimensions as number | undefined) ?? 1_024);
  const length = size ?? own;
  // Fewer dimensions have room for one of the two only, and words work in every language.
  const isJoint = encoder !== undefined && length >= 2 * ENCODER_DIMENSIONS;
  const room = { dimensions: length, meaningDimensions: ENCODER_DIMENSIONS };
  const embedding = isJoint
    ? jointVectorOf(inputText, await encoder.encode(inputText), room, normalize !== false)
    : vectorOf(inputText, length, normalize !== false);
  return { body: { embedding, inputTextTokenCount: tokens }, inputTokens: tokens };
}
