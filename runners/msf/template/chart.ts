/** One chart of a CloudWatch dashboard: metrics, and figures that are computed from them. */
import { amount, lateGain, type Metric } from "./metrics";

/** The metrics of a chart follow one another, and name only what differs from the one before. */
const SAME = ".";

export class Chart {
  private readonly metrics: { readonly metric: Metric; readonly how: object }[] = [];
  private readonly expressions: object[] = [];
  private readonly ids = new Map<string, string>();

  constructor(
    readonly title: string,
    readonly unit: string,
    /** Seconds between points. */
    readonly periodS: number,
  ) {}

  get isEmpty(): boolean {
    return this.metrics.length === 0;
  }

  /** Shows a metric as it is. */
  show(label: string, metric: Metric): void {
    this.metrics.push({ metric, how: { label } });
  }

  /** Shows a figure made of ids that the other methods return. */
  showFigure(label: string, expression: string): void {
    this.expressions.push({ expression, label });
  }

  /** The id of a metric's statistic, which is not shown. */
  use(metric: Metric): string {
    const key = JSON.stringify(metric);
    let id = this.ids.get(key);
    if (id === undefined) this.ids.set(key, (id = this.add(metric, `m${this.ids.size}`)));
    return id;
  }

  /** The id of an expression, which is not shown. */
  step(expression: string): string {
    let id = this.ids.get(expression);
    if (id === undefined) {
      this.ids.set(expression, (id = `e${this.ids.size}`));
      this.expressions.push({ id, expression, visible: false });
    }
    return id;
  }

  /** The gain of a counter by minute, over all tasks. */
  gain(metric: Metric): string {
    const { statistics, expression } = amount("x");
    return Object.entries(statistics).reduce(
      (text, [id, statistic]) => text.replaceAll(id, this.use({ ...metric, statistic })),
      expression,
    );
  }

  /** Shows the gains of all metrics of the chart, which has no other lines, by their labels. */
  showLateGains(metrics: ReadonlyMap<string, Metric>): void {
    const { statistic, expression } = lateGain("METRICS()");
    for (const [label, metric] of metrics) {
      const how = { id: `m${this.metrics.length}`, label, visible: false };
      this.metrics.push({ metric: { ...metric, statistic }, how });
    }
    this.expressions.push({ expression, label: "gain of" });
  }

  private add(metric: Metric, id: string): string {
    this.metrics.push({ metric, how: { id, visible: false } });
    return id;
  }

  /** CloudWatch's form of a widget's properties. */
  properties(): object {
    const stat = this.metrics[0]?.metric.statistic;
    let former: readonly string[] = [];
    const rows = this.metrics.map(({ metric, how }) => {
      const where = [metric.namespace, metric.name, ...Object.entries(metric.dimensions).flat()];
      const short = where.map((part, at) => (former[at] === part ? SAME : part));
      former = where;
      return [...short, metric.statistic === stat ? how : { ...how, stat: metric.statistic }];
    });
    return {
      title: this.title,
      region: "${AWS::Region}",
      view: "timeSeries",
      period: this.periodS,
      stat,
      metrics: [...rows, ...this.expressions.map((expression) => [expression])],
      yAxis: { left: { min: 0, label: this.unit, showUnits: false } },
    };
  }
}
