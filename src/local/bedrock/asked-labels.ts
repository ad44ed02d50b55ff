/**
 * The closed sets that a request asks for, whatever they are: read from the tool's schema, or from the prompt's rules.
 */
import { z } from "zod";

export interface AskedLabels {
  readonly intents?: readonly string[];
  readonly topics?: readonly string[];
  readonly sensitiveKinds?: readonly string[];
  /** Answers by the names of questions. */
  readonly categories: Readonly<Record<string, readonly string[]>>;
}

const CHOICE = z.object({ enum: z.array(z.string()).optional() });
const LIST = z.object({ items: CHOICE.optional() });
const SCHEMA = z.object({
  properties: z.object({
    intent: CHOICE.optional(),
    topics: LIST.optional(),
    sensitiveKinds: LIST.optional(),
    categories: z.object({ properties: z.record(z.string(), CHOICE) }).optional(),
  }),
});

export function labelsOfSchema(schema: unknown): AskedLabels {
  const parsed = SCHEMA.safeParse(schema);
  if (!parsed.success) return { categories: {} };
  const { intent, topics, sensitiveKinds, categories } = parsed.data.properties;
  const answers = Object.entries(categories?.properties ?? {});
  return {
    ...named("intents", intent?.enum),
    ...named("topics", topics?.items?.enum),
    ...named("sensitiveKinds", sensitiveKinds?.items?.enum),
    categories: Object.fromEntries(answers.map(([name, { enum: known = [] }]) => [name, known])),
  };
}

/** A request without a tool names them in its rules. */
export function labelsOfRules(system: string): AskedLabels {
  const listed = (rule: RegExp): readonly string[] | undefined => rule.exec(system)?.[1]?.split(", ");
  const [, questions = ""] = system.split("\ncategories: ");
  const answers = [...questions.matchAll(/^ {2}(\w+): "(?:[^"\\]|\\.)*" One of (.*)\.$/gm)];
  return {
    ...named("intents", listed(/^intent: the main one of (.*)\.$/m)),
    ...named("topics", listed(/^topics: up to five of (.*), the most important first/m)),
    ...named("sensitiveKinds", listed(/sensitiveKinds: which of (.*); empty/)),
    categories: Object.fromEntries(answers.map(([, name, known]) => [name!, known!.split(", ")])),
  };
}

function named<K extends string>(name: K, labels: readonly string[] | undefined) {
  return labels === undefined ? {} : ({ [name]: labels } as Record<K, readonly string[]>);
}
