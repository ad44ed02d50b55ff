import { shortened } from "../terminal/safe-text";
import { wrapped } from "../terminal/wrap";
import type { Totals } from "./totals";

export interface Snapshot {
  readonly totals: Totals;
  readonly openSessions: number | undefined;
  readonly lagMs: number | undefined;
  /** Of a clock that does not go back. */
  readonly atMs: number;
}

export interface Screen {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
}

/** Interval of lines where there is no terminal; a line comes only when something has changed. */
const LINE_INTERVAL_MS = 5_000;
/** Span over which rates are computed. */
const RATE_SPAN_MS = 5_000;
const ERASE_LINE = "\r\u001b[2K";

/** Shows the job's progress: one line that refreshes itself on a terminal, a line now and then elsewhere. */
export class Progress {
  private readonly recent: Snapshot[] = [];
  private isLineShown = false;
  private lastLine = "";
  private lastLineMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly screen: Screen) {}

  /** Stores the state, and shows it when it is time. */
  update(snapshot: Snapshot): void {
    this.recent.push(snapshot);
    while (this.recent.length > 2 && snapshot.atMs - (this.recent[1]?.atMs ?? 0) >= RATE_SPAN_MS) this.recent.shift();
    const before = this.recent[0] ?? snapshot;
    if (this.screen.isTTY) {
      this.screen.write(ERASE_LINE + progressLine(snapshot, before, this.width));
      this.isLineShown = true;
      return;
    }
    // Rates go up and down by themselves, so counts decide whether there is something new to say.
    const counts = JSON.stringify([snapshot.totals, snapshot.openSessions]);
    if (snapshot.totals.read === 0 || counts === this.lastLine || snapshot.atMs - this.lastLineMs < LINE_INTERVAL_MS)
      return;
    this.lastLine = counts;
    this.lastLineMs = snapshot.atMs;
    this.screen.write(`${progressLine(snapshot, before)}\n`);
  }

  /** Longest length of a line; a terminal would break a longer one in the middle of a word. */
  get width(): number {
    return this.screen.isTTY ? Math.max(20, this.screen.columns - 1) : Number.POSITIVE_INFINITY;
  }

  /** Prints lines of text above the refreshed one. */
  say(text: string): void {
    this.clear();
    this.screen.write(`${this.screen.isTTY ? wrapped(text, this.width) : text}\n`);
  }

  clear(): void {
    if (this.isLineShown) this.screen.write(ERASE_LINE);
    this.isLineShown = false;
  }
}

/**
 * Formats the state as one line; rates are those between the two snapshots. Where `width` characters are too few for
 * all of it, the least important parts are left out first: rates, duplicates, closed sessions.
 */
export function progressLine(now: Snapshot, before: Snapshot, width = Number.POSITIVE_INFINITY): string {
  const seconds = (now.atMs - before.atMs) / 1_000;
  const rate = (name: "read" | "documents"): string =>
    seconds > 0 ? ` (${Math.round((now.totals[name] - before.totals[name]) / seconds)}/s)` : "";
  const none = (): string => "";
  const forms = [
    facts(now, rate, ["duplicates", "closed"]),
    facts(now, none, ["duplicates", "closed"]),
    facts(now, none, ["closed"]),
    facts(now, none, []),
  ];
  return forms.find((form) => form.length <= width) ?? shortened(forms.at(-1) ?? "", width);
}

function facts(
  { totals, openSessions, lagMs }: Snapshot,
  rate: (name: "read" | "documents") => string,
  dispensable: readonly ("duplicates" | "closed")[],
): string {
  // Only the runner in this process knows the open ones.
  const sessions = [
    ...(openSessions === undefined ? [] : [`${openSessions} open`]),
    ...(dispensable.includes("closed") || openSessions === undefined ? [`${totals.sessions} closed`] : []),
  ];
  return [
    `read ${totals.read}${rate("read")}`,
    `sessions ${sessions.join(", ")}`,
    `indexed ${totals.documents}${rate("documents")}`,
    `dead letters ${totals.deadLetters}`,
    ...(dispensable.includes("duplicates") ? [`duplicates ${totals.duplicates}`] : []),
    ...(lagMs === undefined ? [] : [`lag ${duration(lagMs)}`]),
  ].join(" · ");
}

function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
