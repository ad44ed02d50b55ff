/** The page's server beside an OpenSearch that does not answer, and questions to it as a browser sends them. */
import { openSearchClient } from "../../../src/io/opensearch/requests/client";
import type { PageAccess } from "../../../src/page/auth/settings";
import { servePage, type ServedPage } from "../../../src/page/serve";
import { ask1, type Question, type Reply } from "../requests/ask";

/** Paths of views, of the API and of files, and one that is not there. */
export const PATHS = [
  "/",
  "/session/x",
  "/live",
  "/dead-letters",
  "/dead-letters/x",
  "/overview",
  "/api/status",
  "/api/search",
  "/api/facets",
  "/api/live",
  "/api/overview",
  "/api/sessions/x",
  "/api/dead-letters",
  "/api/dead-letters/x",
  "/api/redrive",
  "/api/openapi.json",
  "/assets/icon.svg",
  "/nothing",
];
export const JSON_TYPE = { "content-type": "application/json" };

/** Servers of the page over one client of OpenSearch, which `close` closes with them. */
export class AwayPages {
  // Nobody listens there, so a search finds OpenSearch away.
  private readonly openSearch = openSearchClient({
    endpoint: "http://127.0.0.1:9",
    auth: { kind: "none" },
    requestTimeoutMs: 500,
  });
  private readonly pages: ServedPage[] = [];

  /** Serves one more page. Rejects as `servePage` does. */
  async serve(port?: number, access?: PageAccess): Promise<ServedPage> {
    const { openSearch } = this;
    const page = await servePage(
      {
        openSearch,
        index: "sessions",
        embed: async () => [1],
        lexical: true,
        deadLetters: { client: openSearch, index: "letters" },
      },
      { port, access },
    );
    this.pages.push(page);
    return page;
  }

  async close(): Promise<void> {
    for (const page of this.pages) await page.close();
    await this.openSearch.close();
  }
}

export function baseOf({ link }: ServedPage): string {
  return new URL("/", link).href;
}

/** The cookie that the page's link gives, as a browser sends it. */
export async function cookieOf({ link }: ServedPage): Promise<string> {
  const answer = await fetch(link);
  return answer.headers.getSetCookie()[0]!.split(";")[0]!;
}

/** Asks a page by GET, unless the question says otherwise. */
export async function askPage(
  page: ServedPage,
  question: Partial<Question> & { readonly path: string },
  cookie?: string,
): Promise<Reply> {
  return ask1(baseOf(page), {
    method: "GET",
    ...question,
    headers: { ...(cookie === undefined ? {} : { cookie }), ...question.headers },
  });
}
