/** Shows what a run does while it runs, and at its end. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HostRun } from "../../beam/host";
import type { JobOptions } from "../../options";
import type { PipelineSettings } from "../../pipeline";
import { shortened } from "../terminal/safe-text";
import { AlertLines } from "./alert-lines";
import type { Progress } from "./progress";
import { exampleSearch, newestSessions, refreshIndex } from "./showcase";
import { lagMs, notesOn, type Totals, totalsOf } from "./totals";

const TICK_MS = 250;
/** Documents that must be there before summaries are shown, unless fewer are all that there will be. */
const DOCUMENTS_FOR_A_LOOK = 3;

/** Shows the state again and again until the run has ended. */
export async function watch(
  run: Pick<HostRun, "metrics" | "openWindows">,
  options: JobOptions,
  settings: PipelineSettings,
  progress: Progress,
  receiver: string | undefined,
  ended: AbortSignal,
): Promise<void> {
  let hasShown = options.once;
  const alerts = receiver === undefined ? undefined : new AlertLines(receiver, () => progress.width);
  const showAlerts = async (): Promise<void> => {
    const lines = (await alerts?.next()) ?? [];
    if (lines.length > 0) progress.say(lines.join("\n"));
  };
  while (!ended.aborted) {
    // Missing metrics are harmless here; the account alone depends on them.
    const metrics = await run.metrics().catch(() => undefined);
    await showAlerts();
    if (metrics !== undefined) {
      const totals = totalsOf(metrics);
      progress.update({ totals, openSessions: run.openWindows?.(), lagMs: lagMs(metrics), atMs: performance.now() });
      const isThere = totals.documents >= DOCUMENTS_FOR_A_LOOK || totals.alreadyIndexed > 0;
      if (!hasShown && isThere) hasShown = await showcase(options, settings, progress);
    }
    await sleep(TICK_MS, undefined, { signal: ended }).catch(() => undefined);
  }
  await showAlerts();
}

/** Shows what the account should not leave unsaid and, of a run to the stream's tip, the sessions. */
export async function showEnd(
  options: JobOptions,
  settings: PipelineSettings,
  totals: Totals,
  progress: Progress,
): Promise<void> {
  if (options.progress) for (const note of notesOn(totals)) progress.say(note);
  await refreshIndex(settings).catch(() => undefined);
  if (!options.once || !options.progress) return;
  if (totals.documents + totals.alreadyIndexed > 0) await showcase(options, settings, progress);
}

/** Shows the first summaries, a search, and commands to try. False when nothing could be found yet. */
async function showcase(options: JobOptions, settings: PipelineSettings, progress: Progress): Promise<boolean> {
  const fitted = (lines: readonly string[]): string[] => lines.map((line) => shortened(line, progress.width));
  try {
    const newest = await newestSessions(settings);
    if (newest.length === 0) return false;
    progress.say(["", "Sessions just indexed:", ...fitted(newest)].join("\n"));
    const { question, lines } = await exampleSearch(settings);
    progress.say(["", `A search for "${question}":`, ...fitted(lines)].join("\n"));
  } catch {
    // A failure is no trouble here: the job itself waits for services that do not answer, and says so.
    return false;
  }
  progress.say(
    [
      "",
      "Try next:",
      `  npm run search -- "problems with payments" --limit 5`,
      ...(options.input !== undefined
        ? []
        : options.once
          ? ["  npm start                                            keep the job running"]
          : [`  npm run send -- --user alice "My parcel has not arrived"`]),
      "  npm run dead-letters -- list",
      "",
    ].join("\n"),
  );
  return true;
}
