/** The stream's figures as charts have them. Pure. */
import type { LiveFigures } from "../../live/contract";
import { counted, dollarText, numberText } from "../format";

export interface Series {
  readonly id: string;
  readonly title: string;
  /** The newest value, as text. */
  readonly value: string;
  /** The total or the maximum, as text. */
  readonly note: string;
  readonly atMs: readonly number[];
  /** Null where it is not known. */
  readonly points: readonly (number | null)[];
  readonly format: (point: number) => string;
}

type Column = readonly (number | null)[];
type JobFigures = Extract<LiveFigures, { source: "job" }>;

/** Rates are those of this time before each moment. */
const RATE_SPAN_MS = 30_000;

interface RateShape {
  readonly id: keyof JobFigures["values"];
  readonly title: string;
  /** The unit of the rate: its factor to one in a second, and its text. */
  readonly per: { readonly factor: number; readonly text: string };
  readonly total: (value: number) => string;
}

const PER_SECOND = { factor: 1, text: "/s" };
const PER_MINUTE = { factor: 60, text: "/min" };
const inAll =
  (one: string, many?: string) =>
  (value: number): string =>
    `${counted(Math.round(value), one, many)} in all`;

const RATES: readonly RateShape[] = [
  { id: "read", title: "Messages read", per: PER_SECOND, total: inAll("message") },
  { id: "closed", title: "Sessions closed", per: PER_MINUTE, total: inAll("session") },
  { id: "indexed", title: "Documents indexed", per: PER_MINUTE, total: inAll("document") },
  { id: "deadLetters", title: "Dead letters", per: PER_MINUTE, total: inAll("message") },
  { id: "alerts", title: "Alerts", per: PER_MINUTE, total: inAll("alert") },
  { id: "tokens", title: "Tokens", per: PER_MINUTE, total: inAll("token") },
  { id: "usd", title: "Dollars", per: { factor: 3_600, text: "/h" }, total: (value) => `${dollarText(value)} in all` },
];

const GAUGES = [
  { id: "open", title: "Open sessions", format: (value: number) => numberText(value) },
  { id: "lagSeconds", title: "Lag", format: secondsText },
  { id: "freshnessSeconds", title: "Freshness, 95%", format: secondsText },
] as const;

const ORDER = "read open closed indexed lagSeconds freshnessSeconds deadLetters alerts tokens usd".split(" ");

/** A series for each figure that is known. */
export function seriesOf(figures: LiveFigures): readonly Series[] {
  if (figures.source === "index") return indexSeries(figures);
  const { atMs, values } = figures;
  const all = [
    ...RATES.map((shape) => rateSeries(shape, atMs, values[shape.id])),
    ...GAUGES.map(({ id, title, format }) => gaugeSeries({ id, title, format, atMs, points: values[id] })),
  ].filter(({ points }) => points.some((point) => point !== null));
  return all.toSorted((a, b) => ORDER.indexOf(a.id) - ORDER.indexOf(b.id));
}

function rateSeries({ id, title, per, total }: RateShape, atMs: readonly number[], column: Column): Series {
  const points = ratesOf(atMs, column).map((rate) => (rate === null ? null : rate * per.factor));
  const format = (point: number): string =>
    id === "usd" ? `${dollarText(point)}${per.text}` : `${shortText(point)}${per.text}`;
  const last = column.findLast((value) => value !== null) ?? 0;
  return { id, title, value: format(lastOf(points)), note: total(last), atMs, points, format };
}

function gaugeSeries(given: Omit<Series, "value" | "note">): Series {
  const { points, format } = given;
  const known = points.filter((point) => point !== null);
  const last = points.at(-1) ?? null;
  return {
    ...given,
    value: last === null ? "–" : format(last),
    note: known.length === 0 ? "" : `at most ${format(Math.max(...known))}`,
  };
}

const INDEX_SERIES = [
  { id: "indexed", title: "Documents indexed", one: "document" },
  { id: "messages", title: "Messages indexed", one: "message" },
  { id: "deadLetters", title: "Dead letters", one: "message" },
  { id: "alerts", title: "Alerts", one: "alert" },
] as const;

function indexSeries({ atMs, values }: Extract<LiveFigures, { source: "index" }>): readonly Series[] {
  return INDEX_SERIES.map(({ id, title, one }) => {
    const points = values[id];
    const format = (point: number): string => `${shortText(point)}/min`;
    const total = points.reduce<number>((sum, point) => sum + (point ?? 0), 0);
    return {
      id,
      title,
      value: format(lastOf(points)),
      note: `${counted(total, one)} in the last hour`,
      atMs,
      points,
      format,
    };
  });
}

/** How much a total grew in a second at each moment; null where it fell, because counting began anew. */
function ratesOf(atMs: readonly number[], column: Column): readonly (number | null)[] {
  let first = 0;
  return column.map((value, place) => {
    while (first < place && atMs[first]! < atMs[place]! - RATE_SPAN_MS) first++;
    const before = column[first] ?? null;
    const ms = atMs[place]! - atMs[first]!;
    return value === null || before === null || ms === 0 || value < before ? null : ((value - before) * 1_000) / ms;
  });
}

function lastOf(points: Column): number {
  return points.findLast((point) => point !== null) ?? 0;
}

function shortText(value: number): string {
  return value >= 10 || Number.isInteger(value) ? numberText(Math.round(value)) : value.toFixed(1);
}

function secondsText(value: number): string {
  return value < 120 ? `${shortText(value)} s` : `${shortText(value / 60)} min`;
}
