/** The form of a model's answer for a taxonomy: what is asked for, and what is taken. */
import { z } from "zod";
import { SENTIMENTS, type SessionSummary } from "../../chat/model";
import {
  answerIn,
  type Category,
  labelIn,
  namesOf,
  normalisedLabel,
  OTHER,
  type Taxonomy,
} from "../../chat/steps/summaries/taxonomy";
import { canonicalLanguage } from "./settings";
import { flagInText, listInText, objectInText, unwrapped } from "./unwrap";

export type CheckedSummary =
  | { readonly ok: true; readonly summary: SessionSummary }
  /** Names the wrong fields; holds no text of the answer. */
  | { readonly ok: false; readonly objection: string };

export interface AnswerForm {
  /** The tool's JSON schema. It asks for tighter bounds than those that are accepted. */
  readonly jsonSchema: ReturnType<typeof jsonSchemaOf>;
  /**
   * Checks the model's answer, bare or wrapped. Kinds without the flag set the flag, and the flag without kinds gets
   * the kind "other": where the two contradict, the careful reading wins.
   */
  readonly check: (answer: unknown) => CheckedSummary;
}

export const TOOL_NAME = "describe_session";
export const TOOL_DESCRIPTION = "Records the description of the chat session.";

/** Make it once for many answers: a schema costs more than a check. */
export function answerForm(taxonomy: Taxonomy): AnswerForm {
  const schema = answerOf(taxonomy);
  const hasCategories = taxonomy.categories.length > 0;
  const fields = Object.keys(schema.shape).filter((field) => field !== "categories" || hasCategories);
  return {
    jsonSchema: jsonSchemaOf(taxonomy),
    check(answer) {
      const parsed = schema.safeParse(unwrapped(answer, fields));
      if (!parsed.success) return { ok: false, objection: objectionOf(parsed.error) };
      const { sensitiveKinds, topics, categories, ...rest } = parsed.data;
      const sensitive = rest.sensitive || sensitiveKinds.length > 0;
      const kinds = sensitive && sensitiveKinds.length === 0 ? [OTHER] : sensitiveKinds;
      return {
        ok: true,
        summary: {
          ...{ ...rest, topics: [...new Set(topics)], sensitive, sensitiveKinds: [...new Set(kinds)] },
          ...(hasCategories ? { categories } : {}),
        },
      };
    },
  };
}

const text = (maxLength: number) =>
  z
    .string()
    .transform((value) => value.toWellFormed().trim())
    .pipe(z.string().min(1).max(maxLength));

/** The shape is exact, the sizes have room, because a good answer that is a little too long is still good. */
function answerOf({ intents, topics, categories, sensitiveKinds }: Taxonomy) {
  return z.object({
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
    intent: z.string().transform((intent) => labelIn(namesOf(intents), intent)),
    topics: z.preprocess(listInText, topics === undefined ? z.array(text(120)).max(20) : closedTopics(namesOf(topics))),
    sentiment: z
      .string()
      .transform((written) => normalisedLabel(written.replace(/[.!]\s*$/, "")))
      .pipe(z.enum(SENTIMENTS)),
    sensitive: z.preprocess(flagInText, z.boolean()),
    sensitiveKinds: z.preprocess(
      listInText,
      z.array(z.string()).transform((kinds) => kinds.map((kind) => labelIn(namesOf(sensitiveKinds), kind))),
    ),
    categories: z.preprocess(
      (given) => (categories.length === 0 ? {} : objectInText(given)),
      z.record(z.string(), z.unknown()).transform((given, context) => {
        const answers = answersTo(categories, given);
        for (const { name, answers: known } of categories) {
          if (Object.hasOwn(answers, name)) continue;
          context.addIssue({ code: "custom", message: `${name} must be one of ${known.join(", ")}` });
        }
        return answers;
      }),
    ),
  });
}

/** A session may have none of the topics, so what is made up is left out where there is no "other". */
function closedTopics(names: readonly string[]) {
  return z
    .array(z.string())
    .transform((given) => given.map((topic) => labelIn(names, topic)).filter((topic) => names.includes(topic)));
}

/** The usable answers by the names of their questions. */
function answersTo(
  categories: readonly Category[],
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const byName = new Map(Object.entries(given).map(([name, answer]) => [normalisedLabel(name), answer]));
  const found = categories.flatMap(({ name, answers }) => {
    const written = byName.get(name);
    const word = typeof written === "boolean" ? (written ? "yes" : "no") : written;
    const answer = typeof word === "string" ? answerIn(answers, word) : undefined;
    return answer === undefined ? [] : [[name, answer] as const];
  });
  return Object.fromEntries(found);
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

/** The questions themselves stand in the prompt, which tells what the labels mean. */
function jsonSchemaOf({ intents, topics, categories, sensitiveKinds }: Taxonomy) {
  const choice = (names: readonly string[]) => ({ type: "string", enum: [...names] });
  const answers = {
    type: "object",
    properties: Object.fromEntries(categories.map(({ name, answers: known }) => [name, choice(known)])),
    required: categories.map(({ name }) => name),
  };
  return {
    type: "object",
    properties: {
      summary: { type: "string", description: "Two or three plain sentences." },
      language: { type: "string", description: "BCP 47 tag of the chat's language." },
      intent: choice(namesOf(intents)),
      topics: {
        type: "array",
        items: topics === undefined ? { type: "string" } : choice(namesOf(topics)),
        maxItems: 5,
      },
      sentiment: choice(SENTIMENTS),
      sensitive: { type: "boolean" },
      sensitiveKinds: { type: "array", items: choice(namesOf(sensitiveKinds)) },
      ...(categories.length === 0 ? {} : { categories: answers }),
    },
    required: [
      ...["summary", "language", "intent", "topics", "sentiment", "sensitive", "sensitiveKinds"],
      ...(categories.length === 0 ? [] : ["categories"]),
    ],
  } satisfies Record<string, unknown>;
}
