import { retrying } from "../../../beam/retry";
import { JobError } from "../../../chat/errors";
import type { LedgerEntry } from "../../../chat/plan";
import type { Span } from "../../../chat/steps/sessions/spans";
import { roomLog } from "../../../log";
import { logged } from "../../retry";
import type { OpenSearchClient } from "../requests/client";
import { BY_WRITING, nextPage } from "../requests/in-order";
import type { GetPolicy } from "../requests/multi-get";
import { decideNoAnswer, decideRequest, OPENSEARCH_BACK_OFF } from "../requests/retry";

const log = roomLog("opensearch");

/** Documents of one search; those of a session are far fewer, as a rule. */
const PAGE_SIZE = 500;

/** Years 1 to 9999. */
export const EVER: Span = { startMs: -62_135_596_800_000, endMs: 253_402_300_799_999 };

export type Wanted = { readonly sessionKey: string } & (
  | {
      /** Documents that overlap it. */
      readonly span: Span;
    }
  | {
      /** Documents that began, or were written, before this time. */
      readonly beforeMs: number;
    }
);

interface Hit {
  readonly _id: string;
  readonly _source: { readonly start: string; readonly end: string };
  readonly sort: readonly unknown[];
}

interface Answer {
  readonly responses?: readonly { readonly error?: unknown; readonly hits?: { readonly hits: readonly Hit[] } }[];
}

/** The next page of what is wanted at a place. */
interface Search {
  readonly place: number;
  readonly wanted: Wanted;
  readonly size: number;
  readonly after?: readonly unknown[] | undefined;
}

/**
 * Searches for documents that the ledgers have no room for. It sees what was refreshed: such documents are old, as a
 * rule. Resolves with the entries that they would have, for each wanted one in order: all of them, page by page, since
 * one that is left out would be written twice, or outlive its erasure.
 */
export async function findDocuments(
  client: OpenSearchClient,
  wanted: readonly Wanted[],
  policy: Omit<GetPolicy, "fields">,
): Promise<readonly (readonly LedgerEntry[])[]> {
  // One that is written meanwhile moves to a later page, and comes twice.
  const found = wanted.map(() => new Map<string, LedgerEntry>());
  let open = wanted.map((each, place): Search => ({ place, wanted: each, size: PAGE_SIZE }));
  while (open.length > 0) {
    const pages = await pagesOf(client, open, policy);
    open = open.flatMap((search, at) => {
      const hits = pages[at]!;
      for (const hit of hits) found[search.place]!.set(hit._id, entryOf(hit));
      return hits.length < search.size ? [] : [{ ...search, ...nextPage(search, hits) }];
    });
  }
  return found.map((entries) => [...entries.values()]);
}

function pagesOf(
  client: OpenSearchClient,
  searches: readonly Search[],
  { index, maxRetryDurationMs, signal }: Omit<GetPolicy, "fields">,
): Promise<readonly (readonly Hit[])[]> {
  const lines = searches.flatMap(({ wanted, size, after }) => [
    // Copies of a shard refresh at different moments, so all pages must come from one.
    JSON.stringify({ preference: "pages" }),
    JSON.stringify({
      ...{ size, sort: BY_WRITING, track_total_hits: false, _source: ["start", "end"] },
      query: { bool: { filter: [ofSessionKey(wanted.sessionKey), ...timesOf(wanted)] } },
      ...(after === undefined ? {} : { search_after: after }),
    }),
  ]);
  const request = { method: "POST", path: `/${index}/_msearch`, lines: Buffer.from(`${lines.join("\n")}\n`) } as const;
  return retrying(
    () => client.request(request),
    (outcome) => {
      if (outcome.kind === "failure") return decideNoAnswer(outcome.error);
      const decision = decideRequest(outcome.answer);
      if (decision.kind === "fatal") return { kind: "fatal", error: new JobError(decision.code, decision.message) };
      if (decision.kind !== "answered") return { kind: "again", why: decision.why };
      const { responses = [] } = outcome.answer.body as Answer;
      const isWhole = responses.length === searches.length && responses.every(({ error }) => error === undefined);
      if (!isWhole) return { kind: "again", why: "a search without an answer" };
      return { kind: "done", value: responses.map(({ hits }) => hits?.hits ?? []) };
    },
    {
      backOff: OPENSEARCH_BACK_OFF,
      signal,
      bounds: {
        maxDurationMs: maxRetryDurationMs,
        giveUp: ({ why }) => {
          throw new JobError("PIPELINE", `OpenSearch could not be searched (${why}): look at the cluster's health.`);
        },
      },
      ...logged(log, "OpenSearch", { index }),
    },
  );
}

/** A document without a session key was grouped by its user. */
function ofSessionKey(sessionKey: string): object {
  const ofUser = { filter: [{ term: { userId: sessionKey } }], must_not: [{ exists: { field: "sessionKey" } }] };
  return { bool: { should: [{ term: { sessionKey } }, { bool: ofUser }] } };
}

function timesOf(wanted: Wanted): readonly object[] {
  const range = (field: string, bounds: object): object => ({ range: { [field]: bounds } });
  if ("span" in wanted) {
    const { startMs, endMs } = wanted.span;
    return [
      range("end", { gt: new Date(startMs).toISOString() }),
      range("start", { lt: new Date(endMs).toISOString() }),
    ];
  }
  const before = { lt: new Date(wanted.beforeMs).toISOString() };
  return [{ bool: { should: [range("start", before), range("indexedAt", before)], minimum_should_match: 1 } }];
}

function entryOf({ _id, _source }: Hit): LedgerEntry {
  return { id: _id, startMs: Date.parse(_source.start), endMs: Date.parse(_source.end), addedMs: 0, announcement: "" };
}
