import type { PipelineSettings } from "../../pipeline";
import { embedText } from "../../io/bedrock/embed-text";
import { openSearchClient } from "../../io/opensearch/requests/client";
import { newestDocuments, type SearchHit, searchSessions } from "../../io/opensearch/searching/search";
import { safeId, safeText, shortened } from "../terminal/safe-text";

const SHOWN = 3;
const EXAMPLE_QUESTION = "refund for a broken parcel";

/** Makes all written documents and dead letters searchable at once. */
export async function refreshIndex({ openSearch }: PipelineSettings): Promise<void> {
  const client = openSearchClient(openSearch.connection);
  try {
    await Promise.all(
      [openSearch.index, openSearch.deadLetterIndex].map((index) =>
        client.request({ method: "POST", path: `/${index}/_refresh` }),
      ),
    );
  } finally {
    await client.close();
  }
}

/** Returns the newest sessions of the index as lines; none when nothing can be found yet. */
export async function newestSessions({ openSearch }: PipelineSettings): Promise<readonly string[]> {
  const client = openSearchClient(openSearch.connection);
  try {
    const newest = await newestDocuments(client, openSearch.index, SHOWN);
    return newest.map(sessionLine);
  } finally {
    await client.close();
  }
}

export interface ExampleSearch {
  readonly question: string;
  readonly lines: readonly string[];
}

/** Finds the example that a first search shows. */
export async function exampleSearch({ openSearch, embed }: PipelineSettings): Promise<ExampleSearch> {
  const client = openSearchClient(openSearch.connection);
  try {
    const question = { text: EXAMPLE_QUESTION, mode: "hybrid", limit: SHOWN } as const;
    const { hits } = await searchSessions(client, openSearch.index, question, (text) => embedText(embed, text));
    return { question: EXAMPLE_QUESTION, lines: hits.map(({ document }) => sessionLine(document)) };
  } finally {
    await client.close();
  }
}

/** Formats a hit for a terminal. Stored text comes from strangers, so it is escaped. */
function sessionLine({ start, userId, intent, summary }: SearchHit["document"]): string {
  const when = start.slice(0, 16).replace("T", " ");
  return `  ${when}  ${shortened(safeId(userId), 20)} · ${safeText(intent)} · ${shortened(safeText(summary), 160)}`;
}
