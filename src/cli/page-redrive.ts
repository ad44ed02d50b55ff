import { DirectRunner } from "../beam/direct";
import type { DeadLetterStore } from "../io/opensearch/letters/dead-letter-store";
import type { RedriveLetters } from "../page/letters/redriving";
import type { PipelineSettings } from "../pipeline";
import { redriveFiltered } from "../redrive";

/**
 * Redrives for a page: short jobs of their own in this process, whatever runs the job beside it. Sealed letters are
 * left, since nobody gives their key on a page.
 */
export function redriveForPage(letters: DeadLetterStore, settings: PipelineSettings): RedriveLetters {
  return (filter, watch) =>
    redriveFiltered(letters, filter, settings, new DirectRunner({ authorText: "hidden" }), {
      ...watch,
      leaveSealed: true,
    });
}
