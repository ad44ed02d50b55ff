/**
 * Sentences of Bedrock and of models behind it, whole or by their beginning: the rest may quote the chat, which must
 * decide nothing.
 */
export const SAYS = {
  tooLong: sentences([
    "Input is too long for requested model\\.?$",
    "(?:messages[.\\d]*: )?prompt is too long: \\d+ tokens > \\d+ maximum$",
    "input length and `max_tokens` exceed context limit: \\d+ \\+ \\d+ > \\d+\\b",
    "(?:400 Bad Request: )?Too many input tokens\\. Max input tokens: \\d+\\b",
    "Input Tokens Exceeded: Number of input tokens exceeds maximum length\\b",
    "#/inputText: expected maxLength: \\d+, actual: \\d+\\b",
    "This model's maximum context length is \\d+ tokens\\b",
  ]),
  unknownModel: sentences(["The provided model identifier is invalid\\.?$"]),
  retired: sentences([
    "(?:Access denied\\. )?This model is marked by provider as legacy\\b",
    "This model version has reached the end of its life\\b",
  ]),
  needsProfile: sentences(["Invocation of model ID \\S+ with on-demand throughput isn.t supported\\b"]),
  noTool: sentences(["This model (?:doesn.t|does not) support (?:tool|the tool|system)"]),
  answerTooLong: sentences(["The maximum tokens you requested exceeds\\b", "max_tokens: \\d+ > \\d+\\b"]),
  dimensions: sentences(["extraneous key \\[dimensions\\]", "#/dimensions: "]),
  filtered: sentences(["(?:Output|Input) blocked by content filter"]),
} as const;

/** Matches the sentences, after any beginning that the service itself puts before them. */
export function sentences(forms: readonly string[]): RegExp {
  return new RegExp(
    `^(?:The model returned the following errors: |Malformed input request: |\\d+ schema violations? found: )*(?:${forms.join("|")})`,
    "i",
  );
}
