/** What the embedded receiver of alerts has got, for the progress. */
import type { AlertEvent } from "../../chat/alerts/event";
import { SEVERITIES } from "../../chat/detectors/entities";
import { shortened } from "../terminal/safe-text";

/** Lines at once: a storm must not push everything else off the screen. */
const MAX_LINES = 5;
const HASH_SHOWN = 8;

interface Received {
  readonly number: number;
  readonly event: AlertEvent;
}

/** Asks the receiver for what is new. It is embedded, so it answers at once, or the run ends anyway. */
export class AlertLines {
  private after = 0;

  constructor(
    private readonly receiver: string,
    private readonly width: () => number,
  ) {}

  /** Lines for the events since the last call, the most severe first; none when the receiver does not answer. */
  async next(): Promise<readonly string[]> {
    const answer = await fetch(`${this.receiver}/_local/alerts?after=${this.after}`).catch(() => undefined);
    if (answer?.ok !== true) return [];
    const { alerts } = (await answer.json()) as { readonly alerts: readonly Received[] };
    this.after = alerts.at(-1)?.number ?? this.after;
    return alertLines(alerts.map(({ event }) => event)).map((line) => shortened(line, this.width()));
  }
}

export function alertLines(events: readonly AlertEvent[]): readonly string[] {
  const rank = ({ data }: AlertEvent): number => SEVERITIES.indexOf(data.severity);
  const ranked = events.toSorted((a, b) => rank(b) - rank(a));
  const more = ranked.length - MAX_LINES;
  const shown = ranked.slice(0, MAX_LINES).map(lineOf);
  return more > 0 ? [...shown, `  … and ${more} more (npm run alerts -- list)`] : shown;
}

function lineOf({ time, data: { kinds, severity, rule, lane, userHash } }: AlertEvent): string {
  const when = time.slice(0, 19).replace("T", " ");
  return `ALERT  ${when}  ${severity} · ${kinds.join(", ")} · in a ${lane} (${rule}) · user ${userHash.slice(0, HASH_SHOWN)}`;
}
