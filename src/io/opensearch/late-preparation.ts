/** Prepares the indexes from inside a running job, which may start while OpenSearch is away. */
import { BeamError } from "../../beam/error";
import { type Again, retrying, unlessAnswered } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { roomLog } from "../../log";
import { logged } from "../retry";
import { prepareOpenSearch } from "./prepare";
import { OPENSEARCH_BACK_OFF } from "./retry";
import type { OpenSearchSettings } from "./settings";

const log = roomLog("opensearch");

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
  await retrying(() => prepareOpenSearch(settings), unlessAnswered(decidePreparation), {
    backOff: OPENSEARCH_BACK_OFF,
    signal,
    bounds: {
      maxDurationMs: settings.bulk.maxRetryDurationMs,
      giveUp: ({ why, error }) => {
        throw new JobError("PIPELINE", `The indexes could not be prepared: ${why}`, { cause: error });
      },
    },
    ...logged(log, "OpenSearch"),
  });
}

function decidePreparation(error: unknown): Again | { readonly kind: "fatal"; readonly error: unknown } {
  const isAway = error instanceof BeamError && error.code === "SERVICE_UNREACHABLE";
  return isAway ? { kind: "again", why: error.message } : { kind: "fatal", error };
}
