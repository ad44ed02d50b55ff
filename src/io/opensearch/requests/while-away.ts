import { BeamError } from "../../../beam/error";
import { type Again, retrying, unlessAnswered } from "../../../beam/retry";
import { JobError } from "../../../chat/errors";
import { roomLog } from "../../../log";
import { logged } from "../../retry";
import { OPENSEARCH_BACK_OFF } from "./retry";

const log = roomLog("opensearch");

export interface Waiting {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  readonly maxRetryDurationMs?: number | undefined;
  /** Beginning of the sentence when it is given up, such as "The indexes could not be prepared". */
  readonly failure: string;
}

/**
 * Tries `work` again for as long as it rejects with SERVICE_UNREACHABLE. Rejects with PIPELINE after
 * `maxRetryDurationMs`, and as `work` does.
 */
export function whileAway<T>(work: () => Promise<T>, { signal, maxRetryDurationMs, failure }: Waiting): Promise<T> {
  return retrying(work, unlessAnswered(decide), {
    backOff: OPENSEARCH_BACK_OFF,
    signal,
    bounds: {
      maxDurationMs: maxRetryDurationMs,
      giveUp: ({ why, error }) => {
        throw new JobError("PIPELINE", `${failure}: ${why}`, { cause: error });
      },
    },
    ...logged(log, "OpenSearch"),
  });
}

function decide(error: unknown): Again | { readonly kind: "fatal"; readonly error: unknown } {
  const isAway = error instanceof BeamError && error.code === "SERVICE_UNREACHABLE";
  return isAway ? { kind: "again", why: error.message } : { kind: "fatal", error };
}
