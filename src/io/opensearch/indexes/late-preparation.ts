/** Prepares the indexes from inside a running job, which may start while OpenSearch is away. */
import type { OpenSearchSettings } from "../settings";
import { prepareOpenSearch } from "./prepare";
import { whileAway } from "../requests/while-away";

/**
 * Returns a function to await before each write: without the indexes, the first write would have OpenSearch make an
 * index of its own, which cannot find vectors. It rejects as `prepareOpenSearch` does, but with PIPELINE once
 * OpenSearch has not answered for the settings' time for a request; the next write tries again then. `signal` ends the
 * waiting.
 */
export function latePreparation(settings: OpenSearchSettings, signal: AbortSignal): () => Promise<void> {
  if (settings.isUnprepared !== true) return () => Promise.resolve();
  let preparation: Promise<void> | undefined;
  return () =>
    (preparation ??= prepare(settings, signal).catch((error: unknown) => {
      preparation = undefined;
      throw error;
    }));
}

async function prepare(settings: OpenSearchSettings, signal: AbortSignal): Promise<void> {
  const { maxRetryDurationMs } = settings.bulk;
  const failure = "The indexes could not be prepared";
  await whileAway(() => prepareOpenSearch(settings), { signal, maxRetryDurationMs, failure });
}
