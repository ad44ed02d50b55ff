import { retrying } from "../../../beam/retry";
import { JobError } from "../../../chat/errors";
import type { LedgerEntry } from "../../../chat/plan";
import type { Span } from "../../../chat/steps/sessions/spans";
import { roomLog } from "../../../log";
import { logged } from "../../retry";
import type { OpenSearchClient } from "../requests/client";
import type { GetPolicy } from "../requests/multi-get";
import { decideNoAnswer, decideRequest, OPENSEARCH_BACK_OFF } from "../requests/retry";

const log = roomLog("opensearch");

/** Documents of one session, which are far fewer. */
const MAX_HITS = 200;

/** Years 1 to 9999. */
export const EVER: Span = { startMs: -62_135_596_800_000, endMs: 253_402_300_799_999 };

export interface Wanted {
  readonly sessionKey: string;
  /** Documents that overlap it. */
  readonly span: Span;
}

interface Answer {
  readonly responses?: readonly {
    readonly error?: unknown;
    readonly hits?: {
      readonly hits: readonly {
        readonly _id: string;
        readonly _source: { readonly start: string; readonly end: string };
      }[];
    };
  }[];
}

/**
 * Searches for documents that the ledgers have no room for. It sees what was refreshed: such documents are old, as a
 * rule. Resolves with the entries that they would have, for each wanted span in order.
 */
export async function findDocuments(
  client: OpenSearchClient,
  wanted: readonly Wanted[],
  { index, maxRetryDurationMs, signal }: Omit<GetPolicy, "fields">,
): Promise<readonly (readonly LedgerEntry[])[]> {
  const lines = wanted.flatMap(({ sessionKey, span }) => [
    "{}",
    JSON.stringify({
      size: MAX_HITS,
      track_total_hits: false,
      _source: ["start", "end"],
      query: {
        bool: {
          filter: [
            ofSessionKey(sessionKey),
            { range: { end: { gt: new Date(span.startMs).toISOString() } } },
            { range: { start: { lt: new Date(span.endMs).toISOString() } } },
          ],
        },
      },
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
      const isWhole = responses.length === wanted.length && responses.every(({ error }) => error === undefined);
      if (!isWhole) return { kind: "again", why: "a search without an answer" };
      return { kind: "done", value: responses.map(({ hits }) => (hits?.hits ?? []).map(entryOf)) };
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

function entryOf({
  _id,
  _source,
}: {
  readonly _id: string;
  readonly _source: { start: string; end: string };
}): LedgerEntry {
  return { id: _id, startMs: Date.parse(_source.start), endMs: Date.parse(_source.end), addedMs: 0, announcement: "" };
}
