/**
 * Counts sessions over days and weeks, by intent, sentiment, topic and language, and the time to the first response.
 * Only sessions that hold a first response count for its time: those in which a customer was answered by somebody.
 */
import type { OpenSearchClient } from "../requests/client";
import type { FacetCount } from "./facet-counts";
import { FACET_FIELDS, filterClauses, type SearchFilters } from "../queries/filters";
import { multiAnswers } from "./multi-search";

export const INTERVALS = ["hour", "day", "week", "month"] as const;
export type Interval = (typeof INTERVALS)[number];

/** Half of the first responses took at most `medianMs`, nine of ten at most `p90Ms`. */
export interface ResponseTime {
  readonly medianMs: number;
  readonly p90Ms: number;
}

interface OverviewPeriod {
  readonly startMs: number;
  readonly endMs: number;
  readonly count: number;
  /** Undefined where nobody was answered. */
  readonly firstResponse: ResponseTime | undefined;
}

export interface Overview {
  readonly total: number;
  readonly users: number;
  /** Sessions that hold a first response. */
  readonly answered: number;
  readonly firstResponse: ResponseTime | undefined;
  /** First responses that took less than each bound, and not less than the one before; the last has no bound. */
  readonly responseBands: readonly { readonly belowMs: number | undefined; readonly count: number }[];
  readonly interval: Interval;
  /** Without gaps, the oldest first. */
  readonly periods: readonly OverviewPeriod[];
  readonly intents: readonly (FacetCount & {
    readonly sentiments: readonly FacetCount[];
    readonly firstResponse: ResponseTime | undefined;
  })[];
  /** Beginnings of the last weeks, the oldest first. */
  readonly weeksMs: readonly number[];
  /** The most frequent of the last weeks, with the number of their sessions in each of these. */
  readonly topics: readonly (FacetCount & { readonly byWeek: readonly number[] })[];
  readonly languages: readonly FacetCount[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** A chart has at most about 120 bars. */
const LONGEST_MS: Readonly<Record<Exclude<Interval, "month">, number>> = {
  hour: 4 * DAY_MS,
  day: 120 * DAY_MS,
  week: 120 * WEEK_MS,
};
const MAX_INTENTS = 15;
const MAX_TOPICS = 12;
const MAX_LANGUAGES = 12;
const MAX_SENTIMENTS = 6;
const WEEKS = 8;
const BANDS_MS = [60_000, 300_000, 900_000, HOUR_MS];
const SHARES = [50, 90];

/**
 * Resolves with the overview of the sessions that pass the filters. `zone` says when days begin. Rejects with a
 * `JobError`.
 */
export async function overviewOf(
  client: OpenSearchClient,
  index: string,
  filters: SearchFilters,
  zone: string,
): Promise<Overview> {
  const query = { bool: { filter: filterClauses(filters) } };
  const [span] = await multiAnswers(client, index, [
    {
      size: 0,
      track_total_hits: false,
      query,
      aggs: { first: { min: { field: "start" } }, last: { max: { field: "start" } } },
    },
  ]);
  const { first, last } = (span?.aggregations ?? {}) as Spanned;
  const [firstMs, lastMs] = [first?.value ?? 0, last?.value ?? 0];
  const interval = intervalOf(lastMs - firstMs);
  const recent = { range: { start: { gte: new Date(lastMs - (WEEKS - 1) * WEEK_MS).toISOString() } } };
  const weekly = { date_histogram: { field: "start", calendar_interval: "week", time_zone: zone } };
  // Figures are all of this search, since sessions may come after the first one.
  const [answer] = await multiAnswers(client, index, [
    {
      size: 0,
      track_total_hits: true,
      query,
      aggs: {
        users: { cardinality: { field: "userId" } },
        ...RESPONSE,
        bands: { range: { field: "firstResponseMs", ranges: bandRanges() } },
        periods: {
          date_histogram: { field: "start", calendar_interval: interval, time_zone: zone, min_doc_count: 0 },
          aggs: RESPONSE,
        },
        intents: {
          terms: { field: FACET_FIELDS.intent, size: MAX_INTENTS },
          aggs: { ...RESPONSE, sentiments: { terms: { field: FACET_FIELDS.sentiment, size: MAX_SENTIMENTS } } },
        },
        languages: { terms: { field: FACET_FIELDS.language, size: MAX_LANGUAGES } },
        recent: {
          filter: recent,
          aggs: {
            weeks: weekly,
            topics: { terms: { field: FACET_FIELDS.topic, size: MAX_TOPICS }, aggs: { weeks: weekly } },
          },
        },
      },
    },
  ]);
  return overviewFrom(answer?.aggregations ?? {}, { total: answer?.total?.value ?? 0, interval, lastMs });
}

interface Spanned {
  readonly first?: { readonly value: number | null };
  readonly last?: { readonly value: number | null };
}

const RESPONSE = {
  response: { percentiles: { field: "firstResponseMs", percents: SHARES, keyed: false } },
  answered: { value_count: { field: "firstResponseMs" } },
} as const;

interface Responses {
  readonly response?: { readonly values: readonly { readonly value: number | null }[] };
  readonly answered?: { readonly value: number };
}

interface Bucket extends Responses {
  readonly key: string | number;
  readonly doc_count: number;
  readonly sentiments?: Buckets;
  readonly weeks?: Buckets;
}

interface Buckets {
  readonly buckets: readonly Bucket[];
}

interface Aggregations extends Responses {
  readonly users?: { readonly value: number };
  readonly bands?: Buckets;
  readonly periods?: Buckets;
  readonly intents?: Buckets;
  readonly languages?: Buckets;
  readonly recent?: { readonly weeks?: Buckets; readonly topics?: Buckets };
}

function overviewFrom(
  found: Aggregations,
  { total, interval, lastMs }: { readonly total: number; readonly interval: Interval; readonly lastMs: number },
): Overview {
  const periods = found.periods?.buckets ?? [];
  const weeksMs = (found.recent?.weeks?.buckets ?? []).map(({ key }) => Number(key));
  return {
    total,
    users: found.users?.value ?? 0,
    answered: found.answered?.value ?? 0,
    firstResponse: responseTimeOf(found),
    responseBands: (found.bands?.buckets ?? []).map(({ doc_count: count }, place) => ({
      belowMs: BANDS_MS[place],
      count,
    })),
    interval,
    periods: periods.map((bucket, place) => ({
      startMs: Number(bucket.key),
      endMs: Number(periods[place + 1]?.key ?? endOfLast(Number(bucket.key), interval, lastMs)),
      count: bucket.doc_count,
      firstResponse: responseTimeOf(bucket),
    })),
    intents: (found.intents?.buckets ?? []).map((bucket) => ({
      ...countOf(bucket),
      sentiments: countsOf(bucket.sentiments),
      firstResponse: responseTimeOf(bucket),
    })),
    weeksMs,
    topics: (found.recent?.topics?.buckets ?? []).map((bucket) => {
      const weeks = new Map((bucket.weeks?.buckets ?? []).map(({ key, doc_count }) => [Number(key), doc_count]));
      return { ...countOf(bucket), byWeek: weeksMs.map((ms) => weeks.get(ms) ?? 0) };
    }),
    languages: countsOf(found.languages),
  };
}

function intervalOf(spanMs: number): Interval {
  const fitting = INTERVALS.find((each) => each !== "month" && spanMs <= LONGEST_MS[each]);
  return fitting ?? "month";
}

/** The last period's end: its usual length, which a change of the clock or a month makes a little longer or shorter. */
function endOfLast(startMs: number, interval: Interval, lastMs: number): number {
  const lengths = { hour: HOUR_MS, day: DAY_MS, week: WEEK_MS, month: 31 * DAY_MS };
  return Math.max(startMs + lengths[interval], lastMs + 1);
}

function bandRanges(): readonly object[] {
  const ranges = BANDS_MS.map((to, place) => ({ ...(place === 0 ? {} : { from: BANDS_MS[place - 1] }), to }));
  return [...ranges, { from: BANDS_MS.at(-1) }];
}

function responseTimeOf({ response, answered }: Responses): ResponseTime | undefined {
  const [median, p90] = (response?.values ?? []).map(({ value }) => value);
  if ((answered?.value ?? 0) === 0 || typeof median !== "number" || typeof p90 !== "number") return undefined;
  return { medianMs: Math.round(median), p90Ms: Math.round(p90) };
}

function countOf({ key, doc_count: count }: Bucket): FacetCount {
  return { value: String(key), count };
}

function countsOf(found: Buckets | undefined): readonly FacetCount[] {
  return (found?.buckets ?? []).map(countOf);
}
