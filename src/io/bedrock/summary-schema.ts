import { z } from "zod";
import { SENTIMENTS, type SessionSummary } from "../../chat/model";
import { INTENTS, normalisedLabel, SENSITIVE_KINDS } from "../../chat/steps/prompt";
import { canonicalLanguage } from "./settings";
import { flagInText, listInText, unwrapped } from "./unwrap";

const text = (maxLength: number) =>
  z
    .string()
    .transform((value) => value.toWellFormed().trim())
    .pipe(z.string().min(1).max(maxLength));

/** A label of a closed set. Any other text becomes "other", because a chat may have put it into the model's mouth. */
function labelOf(written: string, labels: readonly string[]): string {
  const label = normalisedLabel(written);
  return labels.includes(label) ? label : "other";
}

/** The shape is exact, the sizes have room, because a good answer that is a little too long is still good. */
const ANSWER = z.object({
  summary: text(4_000),
  language: z
    .string()
    .max(35)
    .transform((tag, context) => {
      const canonical = canonicalLanguage(tag.trim().replaceAll("_", "-"));
      if (canonical === undefined)
        context.addIssue({ code: "custom", message: "must be a BCP 47 tag such as en or pt-BR" });
      return canonical ?? z.NEVER;
    }),
  intent: z.string().transform((intent) => labelOf(intent, INTENTS)),
  topics: z.preprocess(listInText, z.array(text(120)).max(20)),
  sentiment: z
    .string()
    .transform((written) => normalisedLabel(written.replace(/[.!]\s*$/, "")))
    .pipe(z.enum(SENTIMENTS)),
  sensitive: z.preprocess(flagInText, z.boolean()),
  sensitiveKinds: z.preprocess(
    listInText,
    z.array(z.string()).transform((kinds) => kinds.map((kind) => labelOf(kind, SENSITIVE_KINDS))),
  ),
});

const FIELDS = Object.keys(ANSWER.shape);

export type CheckedSummary =
  | { readonly ok: true; readonly summary: SessionSummary }
  /** Names the wrong fields; holds no text of the answer. */
  | { readonly ok: false; readonly objection: string };

/**
 * Checks the model's answer, bare or wrapped. Kinds without the flag set the flag, and the flag without kinds gets the kind "other":
 * where the two contradict, the careful reading wins.
 */
export function checkSummary(answer: unknown): CheckedSummary {
  const parsed = ANSWER.safeParse(unwrapped(answer, FIELDS));
  if (!parsed.success) return { ok: false, objection: objectionOf(parsed.error) };
  const { sensitiveKinds, topics, ...rest } = parsed.data;
  const sensitive = rest.sensitive || sensitiveKinds.length > 0;
  const kinds = sensitive && sensitiveKinds.length === 0 ? ["other"] : sensitiveKinds;
  return {
    ok: true,
    summary: { ...rest, topics: [...new Set(topics)], sensitive, sensitiveKinds: [...new Set(kinds)] },
  };
}

const MAX_OBJECTIONS = 5;

/** Cuts paths to known names, because an unknown key is the model's own text. */
function objectionOf(error: z.ZodError): string {
  return error.issues
    .slice(0, MAX_OBJECTIONS)
    .map((issue) => `${issue.path[0] === undefined ? "the answer" : String(issue.path[0])}: ${describe(issue)}`)
    .join("; ");
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return `must be of type ${issue.expected}`;
  if (issue.code === "too_big") return `must have at most ${issue.maximum} characters or items`;
  if (issue.code === "too_small") return "must not be empty";
  if (issue.code === "invalid_value") return `must be one of ${issue.values.map(String).join(", ")}`;
  return issue.code === "custom" ? issue.message : "is invalid";
}

/** The tool's JSON schema. It asks for tighter bounds than those that are accepted. */
export const SUMMARY_JSON_SCHEMA = {
  type: "object",
  properties: {
    summary: { type: "string", description: "Two or three plain sentences." },
    language: { type: "string", description: "BCP 47 tag of the chat's language." },
    intent: { type: "string", enum: [...INTENTS] },
    topics: { type: "array", items: { type: "string" }, maxItems: 5 },
    sentiment: { type: "string", enum: [...SENTIMENTS] },
    sensitive: { type: "boolean" },
    sensitiveKinds: { type: "array", items: { type: "string", enum: [...SENSITIVE_KINDS] } },
  },
  required: ["summary", "language", "intent", "topics", "sentiment", "sensitive", "sensitiveKinds"],
} satisfies Record<string, unknown>;

export const TOOL_NAME = "describe_session";
export const TOOL_DESCRIPTION = "Records the description of the chat session.";
