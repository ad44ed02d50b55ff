/** Reads rules that somebody wrote, and says in one sentence what is wrong with them, where, and how to mend it. */
import { z } from "zod";
import { SEVERITIES } from "../detectors/entities";
import { compiled } from "../detectors/patterns";
import { JobError } from "../errors";
import { faultPlace, pathText } from "../json-places";
import { type AlertRules, BUILT_IN_RULES } from "./rules";

/** The rules travel to every worker, and on the managed service within a runtime property. */
const MAX_RULES_BYTES = 32_768;
const MAX_RULES = 50;
const MAX_WORDS = 500;
const MAX_WORD_CHARACTERS = 100;
const MAX_PATTERN_CHARACTERS = 1_000;
const EXAMPLE = "docs/examples/alert-rules.json";

const NAME = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, "must be a name of a to z, digits, '-' and '_'");
const RULE = { rule: NAME, kind: NAME, severity: z.enum(SEVERITIES) };
const RULES = z.strictObject({
  builtIn: z.boolean().default(true),
  off: z.array(z.string().min(1)).max(MAX_RULES).default([]),
  words: z
    .array(
      z.strictObject({
        ...RULE,
        words: z
          .array(
            z
              .string()
              .max(MAX_WORD_CHARACTERS)
              .regex(/[\p{L}\p{N}]/u, "must hold a letter or digit"),
          )
          .min(1)
          .max(MAX_WORDS),
      }),
    )
    .max(MAX_RULES)
    .default([]),
  patterns: z
    .array(z.strictObject({ ...RULE, pattern: z.string().min(1).max(MAX_PATTERN_CHARACTERS) }))
    .max(MAX_RULES)
    .default([]),
});

/**
 * The rules in a JSON text. Throws `JobError` BAD_OPTION with one sentence that begins with `source` and names the
 * place in the text.
 */
export function parseAlertRules(text: string, source: string): AlertRules {
  const refuse = (sentence: string, cause?: unknown): never => {
    throw new JobError("BAD_OPTION", `${source} ${sentence}`, { cause });
  };
  if (Buffer.byteLength(text) > MAX_RULES_BYTES)
    return refuse(`is larger than ${MAX_RULES_BYTES / 1_024} KiB, which every worker would carry: leave words out.`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return refuse(`is no JSON (${faultPlace(text)}): mend that, or compare it with ${EXAMPLE}.`, cause);
  }
  const parsed = RULES.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return refuse(`does not fit at ${pathText(path) || "its top"} (${message}): compare it with ${EXAMPLE}.`);
  }
  const { builtIn, off, words, patterns } = parsed.data;
  const names = [...words, ...patterns].map(({ rule }) => rule);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    return refuse(`has the rule "${twice}" twice: ids of alerts are made of it, so give each a name.`);
  for (const [at, { rule, pattern }] of patterns.entries()) {
    const wrong = faultOf(pattern);
    if (wrong !== undefined)
      return refuse(
        `cannot use the pattern of "${rule}" (patterns[${at}]: ${wrong}): patterns have RE2's syntax, which knows no look-around and no back-references.`,
      );
  }
  const base = builtIn ? BUILT_IN_RULES : { hasBuiltInWords: false };
  return { ...base, off, phrases: words, patterns };
}

function faultOf(pattern: string): string | undefined {
  try {
    return compiled(pattern).matches("") && compiled(pattern).matcher("").find()
      ? "it matches an empty text"
      : undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll("\n", " ") : String(error);
  }
}
