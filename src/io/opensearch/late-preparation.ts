/** Preparing the indexes when a job already runs, which may start while OpenSearch is away. */
import { setTimeout as sleep } from "node:timers/promises";
import { BeamError } from "../../beam/error";
import { JobError } from "../../chat/errors";
import { FIRST_ATTEMPT_LOGGED, isWorthALine, roomLog } from "../../log";
import { prepareOpenSearch } from "./prepare";
import { backOffMs } from "./retry";
import type { OpenSearchSettings } from "./settings";

const log = roomLog("opensearch");

/**
 * What to await before each write: without the indexes, the first one would have OpenSearch make an index of its own,
 * which cannot find vectors. Rejects as `prepareOpenSearch`, but with PIPELINE once OpenSearch has not answered for the
 * settings' time for a request; the next write begins anew then. `signal` ends the waiting.
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
  const { maxRetryDurationMs = Infinity } = settings.bulk;
  const startMs = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      await prepareOpenSearch(settings);
      if (attempt >= FIRST_ATTEMPT_LOGGED) log.info({ attempt }, "OpenSearch answers again");
      return;
    } catch (error) {
      if (!(error instanceof BeamError) || error.code !== "SERVICE_UNREACHABLE") throw error;
      if (performance.now() - startMs >= maxRetryDurationMs) {
        throw new JobError("PIPELINE", `The indexes could not be prepared: ${error.message}`, { cause: error });
      }
      if (isWorthALine(attempt)) log.warn({ attempt }, "OpenSearch keeps failing; still trying");
    }
    await sleep(backOffMs(attempt, Math.random), undefined, { signal });
  }
}
