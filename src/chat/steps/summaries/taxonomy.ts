/** The closed sets of labels that models choose from: plain data, which travels with the stages. Pure. */
import { hash } from "node:crypto";

export interface Label {
  /** As `normalisedLabel` writes it. */
  readonly name: string;
  /** One sentence for the model; without it the name must say enough. */
  readonly means?: string | undefined;
}

/** A question about the whole chat with closed answers. */
export interface Category {
  /** ASCII, since it names a property of a tool, where models take nothing else. */
  readonly name: string;
  readonly question: string;
  /** At least two. Of several that pieces of one chat get, the one that is listed first counts. */
  readonly answers: readonly string[];
}

export interface Taxonomy {
  /** `OTHER` is among them. */
  readonly intents: readonly Label[];
  /** Undefined: the model finds topics in words of its own. */
  readonly topics?: readonly Label[] | undefined;
  readonly categories: readonly Category[];
  /** `OTHER` is among them. */
  readonly sensitiveKinds: readonly Label[];
}

/** The label that stands for everything which a closed set does not name. */
export const OTHER = "other";
/** An answer that stands for an unusable one, like `OTHER`. */
const UNCLEAR = "unclear";

/** A label as it is written in the index: "Technical support" is `technical_support`. */
export function normalisedLabel(written: string): string {
  return written
    .normalize()
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");
}

export function namesOf(labels: readonly Pick<Label, "name">[]): readonly string[] {
  return labels.map(({ name }) => name);
}

/** A label of a closed set. Any other text becomes "other", because a chat may have put it into the model's mouth. */
export function labelIn(names: readonly string[], written: string): string {
  const label = normalisedLabel(written);
  return names.includes(label) ? label : OTHER;
}

/** The answer that is meant; for any other text the one that stands for it, or undefined where there is none. */
export function answerIn(answers: readonly string[], written: string): string | undefined {
  const label = normalisedLabel(written.replace(/[.!]\s*$/, ""));
  return [label, OTHER, UNCLEAR].find((each) => answers.includes(each));
}

/** Identifies what the labels are: equal ones ask models the same. */
export function taxonomyHash({ intents, topics, categories, sensitiveKinds }: Taxonomy): string {
  const texts = (labels: readonly Label[]): unknown => labels.map(({ name, means = "" }) => [name, means]);
  const asked = [
    texts(intents),
    topics === undefined ? null : texts(topics),
    categories.map(({ name, question, answers }) => [name, question, answers]),
    texts(sensitiveKinds),
  ];
  return hash("sha256", JSON.stringify(asked), "base64url").slice(0, HASH_LENGTH);
}

const HASH_LENGTH = 12;

const labels = (...names: readonly string[]): readonly Label[] => names.map((name) => ({ name }));

/** Labels for chats of any kind, whose names say enough. */
export const BUILT_IN_TAXONOMY: Taxonomy = {
  intents: labels(
    "question",
    "complaint",
    "order",
    "refund",
    "cancellation",
    "technical_support",
    "account",
    "feedback",
    "small_talk",
    OTHER,
  ),
  categories: [],
  sensitiveKinds: labels(
    "email",
    "phone",
    "payment",
    "address",
    "identity",
    "credentials",
    "health",
    "self_harm",
    "violence",
    "hate",
    "sexual",
    OTHER,
  ),
};
