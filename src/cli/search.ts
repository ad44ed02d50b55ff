import { JobError } from "../chat/errors";
import { knownLabels } from "../io/opensearch/searching/known-labels";
import { searchSessions } from "../io/opensearch/searching/search";
import { readCommandLine } from "../options/command-line";
import { SEARCH } from "../options/commands";
import { type ValuesOf } from "../options/spec";
import { safeJson } from "./terminal/safe-text";
import { hintsOn, NAMED } from "./search-hints";
import { hitsTable } from "./search-table";
import { checkEmbedding, QUESTION_OPTIONS, questionEmbedding } from "./questions";
import { openServices } from "./services";

const INFO = {
  usage: "npm run search --",
  says: "Finds sessions by what they were about, and by words in their messages.",
  operand: '"question"',
  after: [
    "Words between quotation marks must follow one another, in a message or in the summary.",
    "",
    "Examples:",
    '  npm run search -- "who asked for a refund?" --intent refund --limit 5',
    `  npm run search -- '"charged twice"' --from 2026-01-01`,
  ].join("\n"),
} as const;

/**
 * Runs `npm run search`. `say` is told of steps that take long. Resolves with the text to print. Rejects with
 * `JobError` or `HelpWanted`.
 */
export async function search(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  screenWidth: number,
  say: (line: string) => void,
): Promise<string> {
  const line = readCommandLine({ Search: SEARCH, Services: QUESTION_OPTIONS }, INFO, argv, environment);
  // The cast is sound, because the same tables have read the values.
  const wanted = line.values as ValuesOf<typeof SEARCH>;
  const values = line.values as ValuesOf<typeof QUESTION_OPTIONS>;
  const question = line.operands.join(" ").trim();
  if (question === "") throw new JobError("BAD_OPTION", 'Ask something: npm run search -- "question".');
  if (wanted.from !== undefined && wanted.to !== undefined && wanted.from > wanted.to) {
    throw new JobError("BAD_OPTION", "--from lies after --to, so no session can be between them: exchange the two.");
  }
  checkEmbedding(line);
  const flags = { values, origins: line.origins };
  const services = await openServices(flags, wanted.mode !== "keyword", say);
  try {
    const { openSearch, index } = services;
    const { hits, inMessages } = await searchSessions(
      openSearch,
      index,
      {
        text: question,
        mode: wanted.mode,
        limit: wanted.limit,
        offset: wanted.skip,
        ...(wanted.user === undefined ? {} : { userId: wanted.user }),
        ...(wanted.intent === undefined ? {} : { intent: wanted.intent }),
        ...(wanted.alert === undefined ? {} : { alert: wanted.alert }),
        ...(wanted.role === undefined ? {} : { role: wanted.role }),
        ...(wanted.attribute === undefined ? {} : { attributes: wanted.attribute }),
        ...(wanted.from === undefined ? {} : { fromMs: wanted.from }),
        ...(wanted.to === undefined ? {} : { toMs: wanted.to }),
      },
      questionEmbedding(line, services, 1, say),
    );
    const known =
      hits.length === 0
        ? await knownLabels(
            openSearch,
            index,
            NAMED.filter((name) => wanted[name]),
          )
        : {};
    const hints = hintsOn({ wanted, question, found: hits.length, inMessages, index, known });
    if (wanted.json) return safeJson({ question, mode: wanted.mode, hits, ...(hints.length === 0 ? {} : { hints }) });
    return [hitsTable(hits, wanted.skip, screenWidth, services.lexical), ...hints].join("\n");
  } finally {
    await services.close();
  }
}
