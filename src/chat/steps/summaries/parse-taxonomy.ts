/** Reads a taxonomy that somebody wrote, and says in one sentence what is wrong with it, where, and how to mend it. */
import { z } from "zod";
import { JobError } from "../../errors";
import { faultPlace, pathText } from "../../json-places";
import { type Label, normalisedLabel, OTHER, type Taxonomy } from "./taxonomy";

/** The labels stand in every prompt, and each is paid with every session: some thousand tokens at most. */
export const MAX_TAXONOMY_BYTES = 32_768;
const MAX_LABELS = 100;
const MAX_CATEGORIES = 20;
const MAX_ANSWERS = 20;
const MAX_NAME_CHARACTERS = 60;
const MAX_SENTENCE_CHARACTERS = 300;

const NAME_FORM = "must be a name of letters, digits, spaces, '-' and '_' that begins with a letter or digit";
const CATEGORY_FORM = "must be a name of the letters a to z, digits and '_' that begins with a letter";
const FIELDS = {
  file: "intents, topics, categories, sensitiveKinds",
  label: "name, means",
  category: "name, question, answers",
} as const;

function name(form: RegExp) {
  return z.string().transform(normalisedLabel).pipe(z.string().max(MAX_NAME_CHARACTERS).regex(form));
}

const LABEL_NAME = name(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}_]*$/u);
const CATEGORY_NAME = name(/^[a-z][a-z0-9_]*$/);

const SENTENCE = z
  .string()
  .transform((text) => text.toWellFormed().replace(/\s+/g, " ").trim())
  .pipe(z.string().min(1).max(MAX_SENTENCE_CHARACTERS));

const LABELS = z
  .array(z.strictObject({ name: LABEL_NAME, means: SENTENCE.optional() }))
  .min(1)
  .max(MAX_LABELS);

const TAXONOMY = z.strictObject({
  intents: LABELS,
  topics: LABELS.optional(),
  categories: z
    .array(
      z.strictObject({
        name: CATEGORY_NAME,
        question: SENTENCE,
        answers: z.array(LABEL_NAME).min(2).max(MAX_ANSWERS),
      }),
    )
    .max(MAX_CATEGORIES)
    .default([]),
  sensitiveKinds: LABELS,
});

/**
 * The taxonomy in a JSON text. Throws `JobError` BAD_OPTION with one sentence that begins with `source` and names the
 * place in the text.
 */
export function parseTaxonomy(text: string, source: string): Taxonomy {
  const refuse = (sentence: string, cause?: unknown): never => {
    throw new JobError("BAD_OPTION", `${source} ${sentence}`, { cause });
  };
  if (Buffer.byteLength(text) > MAX_TAXONOMY_BYTES)
    return refuse(
      `is larger than ${MAX_TAXONOMY_BYTES / 1_024} KiB, which every prompt would carry: join labels, or shorten sentences.`,
    );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return refuse(`is no JSON (${faultPlace(text)}): mend that, or compare it with docs/examples/retail.json.`, cause);
  }
  const parsed = TAXONOMY.safeParse(json);
  if (!parsed.success) return refuse(sentenceOf(parsed.error.issues[0]!));
  const wrong = contradiction(parsed.data);
  return wrong === undefined ? parsed.data : refuse(wrong);
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  const [list, , field] = issue.path;
  const place = pathText(issue.path);
  const at = place === "" ? "is wrong: the file" : `is wrong: ${place}`;
  if (issue.code === "invalid_type") return `${at} must be ${WORDS[issue.expected] ?? issue.expected}.`;
  if (issue.code === "too_big") {
    const [what, cure] = issue.origin === "array" ? ["entries", "join some of them"] : ["characters", "shorten it"];
    return `${at} has more than ${issue.maximum} ${what}: ${cure}.`;
  }
  if (issue.code === "too_small") {
    const isAnswers = issue.origin === "array" && issue.minimum === 2;
    return isAnswers ? `${at} has fewer than two answers: add one.` : `${at} is empty: fill it, or leave it out.`;
  }
  if (issue.code === "unrecognized_keys") {
    const known = list === undefined ? FIELDS.file : list === "categories" ? FIELDS.category : FIELDS.label;
    return `${at} has an unknown field "${issue.keys[0]!.slice(0, 60)}": there are ${known}.`;
  }
  if (issue.code === "invalid_format")
    return `${at} ${list === "categories" && field === "name" ? CATEGORY_FORM : NAME_FORM}.`;
  return `${at} is not in the form of docs/examples/retail.json: compare them.`;
}

const WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  array: "a list",
  object: "an object in braces",
};

/** The sentence that refuses what only several entries together have wrong. */
function contradiction({ intents, topics, categories, sensitiveKinds }: Taxonomy): string | undefined {
  const lists: readonly (readonly [place: string, field: string, names: readonly string[]])[] = [
    ["intents", ".name", intents.map(nameOf)],
    ["topics", ".name", (topics ?? []).map(nameOf)],
    ["categories", ".name", categories.map(nameOf)],
    ...categories.map(({ answers }, index) => [`categories[${index}].answers`, "", answers] as const),
    ["sensitiveKinds", ".name", sensitiveKinds.map(nameOf)],
  ];
  for (const [place, field, names] of lists) {
    const second = names.findIndex((own, index) => names.indexOf(own) < index);
    if (second < 0) continue;
    const first = names.indexOf(names[second]!);
    return `is wrong: ${place}[${second}]${field} is the same as ${place}[${first}]${field} ("${names[second]}"): give each a name of its own.`;
  }
  const closed: readonly (readonly [place: string, labels: readonly Label[]])[] = [
    ["intents", intents],
    ["sensitiveKinds", sensitiveKinds],
  ];
  const open = closed.find(([, labels]) => !labels.some(({ name: own }) => own === OTHER));
  if (open === undefined) return undefined;
  return `is wrong: ${open[0]} has no entry "${OTHER}", which stands for all that no other one names: add {"name": "${OTHER}"}.`;
}

function nameOf({ name: own }: { readonly name: string }): string {
  return own;
}
