/** The job's figures of the last hour. */
import { type Figures, FIGURES, figuresOf, quantileBetween } from "../../telemetry/figures";
import type { JobReadings } from "../../telemetry/job-readings";
import type { HistogramReading } from "../../telemetry/readings";
import type { LiveFigures } from "./contract";
import { MAX_SAMPLES } from "./joined-figures";

/** The freshness is that of the sessions which were written within this time. */
const FRESHNESS_SPAN_MS = 300_000;
const FRESHNESS_SHARE = 0.95;

interface Sample {
  readonly atMs: number;
  readonly values: Figures["values"] & { readonly freshnessSeconds: number | null };
}

export class FigureHistory {
  private readonly samples: Sample[] = [];
  private readonly freshness: { readonly atMs: number; readonly reading: HistogramReading }[] = [];

  constructor(private readonly job: JobReadings) {}

  /**
   * Resolves with the figures of this moment, which are all there are where the clock was set back; undefined before
   * the job runs.
   */
  async sample(nowMs: number): Promise<LiveFigures | undefined> {
    const moment = await this.job.now();
    if (moment === undefined) return undefined;
    const { values, freshness } = figuresOf(moment);
    const isSetBack = (this.samples.at(-1)?.atMs ?? nowMs) > nowMs;
    if (isSetBack) {
      // Times that go back are no axis, and a span of time would have no end.
      this.samples.length = 0;
      this.freshness.length = 0;
    }
    while ((this.freshness[0]?.atMs ?? nowMs) < nowMs - FRESHNESS_SPAN_MS) this.freshness.shift();
    const quantile = quantileBetween(FRESHNESS_SHARE, this.freshness[0]?.reading, freshness);
    this.freshness.push({ atMs: nowMs, reading: freshness });
    const sample = { atMs: nowMs, values: { ...values, freshnessSeconds: quantile ?? null } };
    this.samples.push(sample);
    if (this.samples.length > MAX_SAMPLES) this.samples.shift();
    return columnsOf([sample], isSetBack);
  }

  /** All of the last hour; undefined before the job runs. */
  whole(): LiveFigures | undefined {
    return this.samples.length === 0 ? undefined : columnsOf(this.samples, true);
  }
}

function columnsOf(samples: readonly Sample[], isWhole: boolean): LiveFigures {
  const column = (name: keyof Sample["values"]): (number | null)[] => samples.map(({ values }) => values[name]);
  const names = [...FIGURES, "freshnessSeconds"] as const;
  return {
    source: "job",
    isWhole,
    atMs: samples.map(({ atMs }) => atMs),
    values: Object.fromEntries(names.map((name) => [name, column(name)])) as Extract<
      LiveFigures,
      { source: "job" }
    >["values"],
  };
}
