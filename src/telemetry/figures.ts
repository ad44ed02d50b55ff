/** The figures that a person watches, by the table's names. Pure. */
import type { HistogramReading } from "./readings";
import type { JobMoment } from "./job-readings";
import type { MetricRow } from "./row";
import { rowOf } from "./table";

/** The metric of each figure. All are totals since the job's start, but for open sessions and the lag. */
const SOURCES = {
  read: "chat_sessions.messages.read",
  open: "chat_sessions.sessions.open",
  closed: "chat_sessions.sessions.closed",
  indexed: "chat_sessions.documents.written",
  deadLetters: "chat_sessions.dead_letters",
  alerts: "chat_sessions.alerts.raised",
  lagSeconds: "chat_sessions.lag",
  tokens: "gen_ai.client.token.usage",
  usd: "chat_sessions.cost",
} as const;

type Figure = keyof typeof SOURCES;
export const FIGURES = Object.keys(SOURCES) as readonly Figure[];
/** Its buckets give the freshness that a share of the sessions does not exceed. */
const FRESHNESS_ROW = rowOf("chat_sessions.freshness");

const ROWS = Object.fromEntries(FIGURES.map((figure) => [figure, rowOf(SOURCES[figure])])) as Record<Figure, MetricRow>;

export interface Figures {
  /** Null where the runner does not tell, or the price of a model is not known. */
  readonly values: Readonly<Record<Figure, number | null>>;
  /** The freshness of all sessions since the job's start, in seconds. */
  readonly freshness: HistogramReading;
}

export function figuresOf(moment: JobMoment): Figures {
  const values = FIGURES.map((figure) => [figure, valueOf(ROWS[figure], moment)] as const);
  return { values: Object.fromEntries(values) as Record<Figure, number | null>, freshness: freshnessOf(moment) };
}

/** The sum over the row's series; for a histogram, the sum of its recorded values. */
function valueOf(row: MetricRow, { readings, facts }: JobMoment): number | null {
  if (row.kind === "histogram") {
    return row.series(facts).reduce((sum, { spec }) => sum + readings.histogram(spec).sum, 0) / row.per;
  }
  const known = row.series(facts).flatMap(({ of }) => of(readings) ?? []);
  return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0);
}

function freshnessOf({ readings, facts }: JobMoment): HistogramReading {
  if (FRESHNESS_ROW.kind !== "histogram") throw new Error("The freshness is a histogram.");
  const { per } = FRESHNESS_ROW;
  const { bounds, counts, sum } = readings.histogram(FRESHNESS_ROW.series(facts)[0]!.spec);
  return { bounds: bounds.map((bound) => bound / per), counts, sum: sum / per };
}

/**
 * The value that a share of what was counted between two readings does not exceed, in the unit of the bounds: within a
 * bucket as if its values were spread evenly, as Prometheus' `histogram_quantile` has it, and the last bound for what
 * is above it. Undefined when nothing was counted.
 */
export function quantileBetween(
  share: number,
  before: HistogramReading | undefined,
  now: HistogramReading,
): number | undefined {
  const counts = now.counts.map((count, place) => Math.max(0, count - (before?.counts[place] ?? 0)));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let rest = share * total;
  for (const [place, bound] of now.bounds.entries()) {
    const count = counts[place] ?? 0;
    if (rest <= count) {
      const from = now.bounds[place - 1] ?? 0;
      return from + (bound - from) * (count === 0 ? 0 : rest / count);
    }
    rest -= count;
  }
  return now.bounds.at(-1);
}
