/** Lines of the progress for alerts that the embedded receiver has got. */
import type { AlertEvent } from "../../chat/alerts/event";
import { ruleText } from "../../chat/alerts/rule-text";
import { SEVERITIES } from "../../chat/detectors/entities";
import { shortened } from "../terminal/safe-text";

/** Lines at once: a storm must not push everything else off the screen. */
const MAX_LINES = 5;
const HASH_SHOWN = 8;
/** The progress waits for the answer, and the end of the run for the progress. */
const PATIENCE_MS = 2_000;

interface Received {
  readonly number: number;
  readonly event: AlertEvent;
}

/** Asks the embedded receiver for what is new. */
export class AlertLines {
  private after = 0;

  constructor(
    private readonly receiver: string,
    private readonly width: () => number,
  ) {}

  /** Lines for the events since the last call, the most severe first; none when the receiver does not answer. */
  async next(): Promise<readonly string[]> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const found = await fetch(`${this.receiver}/_local/alerts?after=${this.after}`, { signal })
      .then(async (answer) =>
        answer.ok ? ((await answer.json()) as { readonly alerts: readonly Received[] }) : undefined,
      )
      .catch(() => undefined);
    if (found === undefined) return [];
    const { alerts } = found;
    this.after = alerts.at(-1)?.number ?? this.after;
    return alertLines(alerts.map(({ event }) => event)).map((line) => shortened(line, this.width()));
  }
}

function alertLines(events: readonly AlertEvent[]): readonly string[] {
  const rank = ({ data }: AlertEvent): number => SEVERITIES.indexOf(data.severity);
  const ranked = events.toSorted((a, b) => rank(b) - rank(a));
  const more = ranked.length - MAX_LINES;
  const shown = ranked.slice(0, MAX_LINES).map(lineOf);
  return more > 0 ? [...shown, `  … and ${more} more (npm run alerts -- list)`] : shown;
}

/** As short as a terminal of 80 columns needs it. */
function lineOf({ time, data: { severity, rule, userHash } }: AlertEvent): string {
  const when = time.slice(0, 19).replace("T", " ");
  return `ALERT  ${when}  ${severity} · ${ruleText(rule)} · user ${userHash.slice(0, HASH_SHOWN)}`;
}
