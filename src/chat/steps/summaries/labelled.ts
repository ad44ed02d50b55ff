/** Sessions that people have labelled, one a line, to compare a model's labels with. Pure. */
import { z } from "zod";
import { JobError } from "../../errors";
import { CUSTOMER, SENTIMENTS, type SessionPart } from "../../model";
import { namesOf, normalisedLabel, type Taxonomy } from "./taxonomy";

/** Labels that a session should get; those that are missing are not compared. */
export interface ExpectedLabels {
  readonly intent?: string | undefined;
  readonly sentiment?: string | undefined;
  /** A language alone fits any of its regions and scripts. */
  readonly language?: string | undefined;
  readonly sensitive?: boolean | undefined;
  readonly categories?: Readonly<Record<string, string>> | undefined;
}

export interface LabelledSession {
  readonly part: SessionPart;
  readonly expected: ExpectedLabels;
}

/** Bounds what is paid by mistake. */
const MAX_SESSIONS = 10_000;

const LABEL = z.string().min(1).transform(normalisedLabel);
const TEXT = z.string().min(1);

/** A message in the form of documents. */
const MESSAGE = z.object({ content: TEXT, role: z.string().optional(), author: z.string().optional() });

const LINE = z.strictObject({
  messages: z.array(z.union([TEXT.transform((content) => ({ content })), MESSAGE])).min(1),
  expected: z.strictObject({
    intent: LABEL.optional(),
    sentiment: LABEL.pipe(z.enum(SENTIMENTS)).optional(),
    language: z.string().min(2).optional(),
    sensitive: z.boolean().optional(),
    categories: z.record(LABEL, LABEL).optional(),
  }),
});

const FORM = '{"messages": ["…"], "expected": {"intent": "…", "sentiment": "…", "language": "…", "categories": {…}}}';

/**
 * Reads JSON lines. Throws `JobError` BAD_OPTION with one sentence that names the line, and quotes no message: for a
 * line that is not in the form, and for labels that none of the taxonomies has.
 */
export function parseLabelled(
  text: string,
  source: string,
  taxonomies: readonly Taxonomy[],
): readonly LabelledSession[] {
  const sessions = text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const at = `${source} line ${index + 1}`;
    const parsed = LINE.safeParse(jsonOf(line));
    if (!parsed.success) {
      const place = parsed.error.issues[0]!.path.join(".");
      const what = place === "" ? "is not in the form" : `has a wrong field ${place}: the form is`;
      throw new JobError("BAD_OPTION", `${at} ${what} ${FORM}.`);
    }
    const { messages, expected } = parsed.data;
    refuseUnknown(expected, at, taxonomies);
    return [{ part: partOf(messages), expected }];
  });
  if (sessions.length === 0)
    throw new JobError("BAD_OPTION", `${source} holds no session: write one a line, as ${FORM}.`);
  if (sessions.length > MAX_SESSIONS)
    throw new JobError("BAD_OPTION", `${source} holds more than ${MAX_SESSIONS} sessions: some hundred tell as much.`);
  return sessions;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function refuseUnknown({ intent, categories = {} }: ExpectedLabels, at: string, taxonomies: readonly Taxonomy[]): void {
  const intents = new Set(taxonomies.flatMap((own) => namesOf(own.intents)));
  if (intent !== undefined && !intents.has(intent)) {
    throw new JobError(
      "BAD_OPTION",
      `${at} expects an intent that no taxonomy has: there are ${[...intents].join(", ")}.`,
    );
  }
  for (const [name, answer] of Object.entries(categories)) {
    const known = taxonomies.flatMap((own) => own.categories.filter((category) => category.name === name));
    if (known.some(({ answers }) => answers.includes(answer))) continue;
    const names = [...new Set(taxonomies.flatMap((own) => namesOf(own.categories)))];
    const there = known.length > 0 ? known.flatMap(({ answers }) => answers) : names;
    const what = known.length > 0 ? `an answer to ${name}` : "a category";
    const list = there.length === 0 ? "there is none" : `there are ${there.join(", ")}`;
    throw new JobError("BAD_OPTION", `${at} expects ${what} that no taxonomy has: ${list}.`);
  }
}

/** Times and places do not matter to a model. */
function partOf(labelled: readonly z.infer<typeof MESSAGE>[]): SessionPart {
  const position = { shardId: "", sequenceNumber: "0", subSequenceNumber: 0 };
  const messages = labelled.map(({ content, role = CUSTOMER, author: userId = "" }) => {
    const message = { userId, content, timestampMs: 0, arrivalMs: 0, position };
    return role === CUSTOMER ? message : { ...message, role };
  });
  return { sessionKey: "", startMs: 0, endMs: 0, part: 1, partCount: 1, pane: 0, early: false, messages };
}
