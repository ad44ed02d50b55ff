/** Has models answer anew about what the index holds, by the stages of the job. */
import { asyncDoFn, type AsyncElement, impulse, protoOf, type Root, type Runner } from "./beam";
import { sessionCoder } from "./chat/coders/session";
import type { AskedVersions, Session } from "./chat/model";
import { redactorFor } from "./io/redactor";
import { forHeld, type PrivacySettings } from "./chat/privacy/settings";
import { type HeldDocument, messagesOf } from "./chat/steps/documents/held-document";
import { type BehindFilters, behindIds } from "./io/opensearch/renewing/behind";
import { type OpenSearchClient, sharedOpenSearchClient } from "./io/opensearch/requests/client";
import { multiGet } from "./io/opensearch/requests/multi-get";
import type { OpenSearchSettings } from "./io/opensearch/settings";
import { indexSessions, keepDeadLetters, type PipelineSettings } from "./pipeline";

interface ReadSettings {
  readonly openSearch: OpenSearchSettings;
  readonly ids: readonly string[];
  readonly privacy: PrivacySettings;
}

/** Documents read at once: with their messages, 1 MiB each at most by default. */
const PAGE_SIZE = 16;
/** Documents of one run of the pipeline, whose ids travel with it. */
const ROUND_SIZE = 1_000;

/** Emits each document's messages as a session, at its end; those that are gone, or hold none, are left out. */
const readDocuments = asyncDoFn("readDocuments", {
  outputs: { main: sessionCoder },
  calls: { maxConcurrentCalls: 1 },
  async open({ openSearch, ids, privacy }: ReadSettings, { shared }) {
    const redactor = await redactorFor(forHeld(privacy), shared);
    const client = sharedOpenSearchClient(shared, openSearch.connection);
    return {
      async process([impulse]: readonly AsyncElement<Uint8Array, { main: Session }>[]) {
        for (let from = 0; from < ids.length; from += PAGE_SIZE) {
          const page = ids.slice(from, from + PAGE_SIZE);
          const fields = ["userId", "sessionKey", "messages", "end", "pane", "early"];
          const found = await multiGet<HeldDocument["source"]>(client, page, { index: openSearch.index, fields });
          for (const { source } of found.flatMap((own) => own ?? [])) {
            const { userId = "", sessionKey = userId, pane, early, end } = source;
            const messages = (messagesOf({ source }) ?? []).map((message) => redactor.keptMessage(message));
            if (messages.length > 0)
              await impulse!.emit("main", { sessionKey, messages, pane, early }, Date.parse(end));
          }
        }
      },
    };
  },
});

/** Builds the job with documents of the index as its source. What models refuse stays as it is. */
export function buildRenewal(root: Root, ids: readonly string[], settings: PipelineSettings): void {
  const { openSearch, messages } = settings;
  const sessions = root.apply(impulse()).apply(readDocuments({ openSearch, ids, privacy: messages.privacy ?? {} }));
  const indexed = indexSessions(sessions.main, settings, { renews: true });
  keepDeadLetters(indexed.deadLetters, settings);
}

/**
 * Renews all documents that are behind, some at a time, and resolves with the number of those that were written. It can
 * be repeated after a kill at any time: a document's own versions say that it is done. `say` is told of each round.
 */
export async function renew(
  client: OpenSearchClient,
  {
    versions,
    filters,
    behind,
  }: { readonly versions: AskedVersions; readonly filters: BehindFilters; readonly behind: number },
  settings: PipelineSettings,
  runner: Runner,
  say: (line: string) => void = () => undefined,
): Promise<number> {
  let renewed = 0;
  let begun = 0;
  for await (const ids of behindIds(client, settings.openSearch.index, { versions, filters, size: ROUND_SIZE })) {
    begun += ids.length;
    say(`Asking models anew about documents ${begun - ids.length + 1} to ${begun} of ${Math.max(begun, behind)} …`);
    const run = await runner.run(await protoOf((root) => buildRenewal(root, ids, settings)));
    await run.finished;
    for (const metric of await run.metrics()) {
      if (metric.kind === "counter" && metric.name === "documents") renewed += metric.value;
    }
  }
  return renewed;
}
