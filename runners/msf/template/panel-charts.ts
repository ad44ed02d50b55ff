/** The table of panels as charts of CloudWatch, by the metrics that the service publishes. */
import type { HistogramSpec } from "../../../src/beam";
import { histogramCounters } from "../../../src/beam";
import { bareModelId } from "../../../src/io/aws/model-id";
import { type Line, type Panel, PANELS } from "../../../src/telemetry/panels";
import type { HistogramRow, JobFacts, Labels, Term, ValueRow } from "../../../src/telemetry/row";
import type { Deployment } from "../settings";
import { Chart } from "./chart";
import { applicationMetric, LATE_METRICS, type Metric, metricsOf, streamMetric } from "./metrics";

const MINUTE_S = 60;

/** Panels that nothing on the managed service tells, by title. */
const MISSING_PANELS: Readonly<Record<string, string>> = {
  "Open sessions": "only the direct runner knows how many windows are open",
};

export function panelCharts(deployment: Deployment): readonly Chart[] {
  return PANELS.filter(({ title }) => MISSING_PANELS[title] === undefined).map((panel) => {
    const chart = new Chart(panel.title, panel.unit === "currencyUSD" ? "USD" : panel.unit, MINUTE_S);
    for (const line of panel.lines) new LineDrawing(chart, panel, deployment).draw(line);
    if (panel.title === "Behind the stream") {
      const iteratorAge = streamMetric(deployment, "GetRecords.IteratorAgeMilliseconds", "Maximum");
      chart.showFigure("by Kinesis' own metric", `${chart.use(iteratorAge)}/1000`);
    }
    return chart;
  });
}

/** What the deployment's job is about, for the labels and prices of its metrics. */
function factsOf({ stream, index, models }: Deployment): JobFacts {
  return { stream: stream.name, index, summaryModel: models.summary, embeddingModel: models.embedding };
}

class LineDrawing {
  private readonly facts: JobFacts;
  private readonly published: ReadonlySet<string>;

  constructor(
    private readonly chart: Chart,
    private readonly panel: Panel,
    private readonly deployment: Deployment,
  ) {
    this.facts = factsOf(deployment);
    this.published = new Set(metricsOf(deployment));
  }

  draw(line: Line): void {
    const { row } = line;
    if (line.shows === "quantile") return this.quantile(line, row as HistogramRow);
    if (line.shows === "gain") return this.gain(line, row);
    for (const { source } of (row as ValueRow).series(this.facts)) {
      if (source === undefined) continue;
      const id = this.chart.use(this.own(source.name, "Maximum"));
      this.chart.showFigure(line.label, source.per === 1 ? id : `${id}/${source.per}`);
    }
  }

  private gain(line: Extract<Line, { readonly shows: "gain" }>, row: Line["row"]): void {
    const scale = this.panel.gainS / MINUTE_S;
    const groups = this.groups(line, row);
    const late = [...groups].flatMap(([label, [term]]) =>
      term !== undefined && LATE_METRICS.includes(term.name) ? [[label, this.own(term.name, "Maximum")] as const] : [],
    );
    if (late.length > 0) return this.chart.showLateGains(new Map(late));
    for (const [label, terms] of groups) {
      const known = terms.filter(({ name }) => this.published.has(name));
      if (known.length === 0) continue;
      const sum = known.map(({ name, each }) => {
        const gain = this.chart.gain(this.own(name, "Sum"));
        return each * scale === 1 ? gain : `${each * scale}*${gain}`;
      });
      this.chart.showFigure(label, sum.join("+"));
    }
  }

  /** Own counters by the label of their line. */
  private groups(
    line: Extract<Line, { readonly shows: "gain" }>,
    row: Line["row"],
  ): ReadonlyMap<string, readonly Term[]> {
    const groups = new Map<string, readonly Term[]>();
    if ("label" in line && row.kind !== "histogram" && row.total !== undefined) {
      return groups.set(line.label, [{ name: row.total, each: 1 }]);
    }
    for (const { labels, terms } of termsOf(row, this.facts)) {
      const label = "label" in line ? line.label : wordsOf(labels, line.by);
      groups.set(label, [...(groups.get(label) ?? []), ...terms]);
    }
    return groups;
  }

  private quantile(line: Extract<Line, { readonly shows: "quantile" }>, row: HistogramRow): void {
    const { by = [], share } = line;
    for (const { labels = {}, spec } of row.series(this.facts)) {
      const words = [line.label, wordsOf(labels, by)].filter((word) => word !== "").join(", ");
      const model = labels["gen_ai.request.model"];
      if (spec.coarse !== undefined) this.coarseQuantile(words, spec.coarse, row.per, share);
      // Bedrock's own metric costs nothing, and tells of all who call the model in this region.
      else if (model !== undefined) {
        const id = this.chart.use(latency(model, share));
        this.chart.showFigure(words, `${id}/${row.per}`);
      }
    }
  }

  /** Within a bucket as if its values were spread evenly, as Prometheus has it; 0 in a minute without any. */
  private coarseQuantile(
    label: string,
    spec: Pick<HistogramSpec, "name" | "unit" | "bounds">,
    per: number,
    share: number,
  ): void {
    const names = histogramCounters(spec).buckets;
    if (!names.every((name) => this.published.has(name))) return;
    // All buckets have the same tasks and samples, so gains of means are as good as gains of sums.
    const means = names.map((name) => this.chart.use(this.own(name, "Average")));
    const upTo = means.map((_, at) => this.chart.step(`DIFF(${means.slice(0, at + 1).join("+")})`));
    const wanted = this.chart.step(`${share}*${upTo.at(-1)}`);
    const bounds = spec.bounds.map((bound) => bound / per);
    const expression = bounds.reduceRight(
      (above, bound, at) => {
        const [from, before] = at === 0 ? [0, "0"] : [bounds[at - 1]!, upTo[at - 1]!];
        const own = `(${upTo[at]}-${before})`;
        // A comparison is 1 where it is true: nothing is divided by 0.
        const value = `${from}+${round(bound - from)}*(${wanted}-${before})/(${own}+(${own}==0))`;
        return `IF(${upTo[at]}>=${wanted},${value},${above})`;
      },
      String(bounds.at(-1)),
    );
    this.chart.showFigure(label, `IF(${upTo.at(-1)}>0,${expression},0)`);
  }

  private own(name: string, statistic: Metric["statistic"]): Metric {
    return applicationMetric(this.deployment, name, statistic);
  }
}

interface Series {
  readonly labels: Labels;
  readonly terms: readonly Term[];
}

/** The own counters whose sum each series of a row is. */
function termsOf(row: Line["row"], facts: JobFacts): readonly Series[] {
  if (row.kind === "histogram") {
    return row.series(facts).map(({ labels = {}, spec }) => {
      return { labels, terms: [{ name: histogramCounters(spec).sum, each: 1 / row.per }] };
    });
  }
  return row.series(facts).map(({ labels = {}, source, terms = [] }) => {
    return { labels, terms: source === undefined ? terms : [{ name: source.name, each: 1 / source.per }] };
  });
}

function wordsOf(labels: Labels, by: readonly string[]): string {
  return by.flatMap((label) => labels[label] ?? []).join(" ");
}

function latency(model: string, share: number): Metric {
  return {
    namespace: "AWS/Bedrock",
    name: "InvocationLatency",
    dimensions: { ModelId: bareModelId(model) },
    statistic: `p${share * 100}`,
  };
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
