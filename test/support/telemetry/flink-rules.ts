/**
 * Recording rules for Prometheus that give what Flink's own reporter serves the names, units and labels of the job's
 * table of metrics. docs/examples/prometheus-flink-rules.yml is this text.
 */
import { histogramCounters } from "../../../src/beam";
import { withUnit } from "../../../src/telemetry/metric-data";
import { ERROR_TYPE, type FailedBuckets, type HistogramRow, type MetricRow } from "../../../src/telemetry/row";
import { METRICS } from "../../../src/telemetry/table";

/** The reporter's name of a metric is this and the job's own name: the scope of an operator, and Beam's namespace. */
export const FLINK_PREFIX = "flink_taskmanager_job_task_operator_beam_ts_";

/** Values of labels that no rule can know, since they are the job's options. */
const UNKNOWN = { stream: "$stream", index: "$index", summaryModel: "$model", embeddingModel: "$model" };

/** The first counter that any job has. */
const FIRST_COUNTER = "read";

/** Flink has a series for each task. Several jobs of one cluster stay apart. */
const BY = "by (job_name)";

interface Rule {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

const HEADER = `# Names what Flink's own Prometheus reporter serves like docs/metrics.md, for the dashboard and the alerts beside this file.
# Made from the job's table of metrics: RULES=1 npm test -- test/unit/telemetry/flink-rules.test.ts
groups:
  - name: beam-chat-sessions-flink
    rules:
`;

export function flinkRules(): string {
  return HEADER + METRICS.flatMap(rulesOf).map(textOf).join("");
}

/** Metrics without rules, by their names in the table: they are no sums or maxima of what the stages count. */
export function withoutRules(): readonly string[] {
  return METRICS.filter((row) => rulesOf(row).length === 0).map(({ name }) => name);
}

function rulesOf(row: MetricRow): readonly Rule[] {
  const name = inPrometheus(withUnit(row));
  if (row.kind !== "histogram") {
    const record = row.kind === "counter" ? `${name}_total` : name;
    return row.series(UNKNOWN).flatMap(({ labels, source }): Rule[] => {
      if (source === undefined) return [];
      const expr =
        source.kind === "counter"
          ? `${sumOf([source.name], source.per)} or ${zero()}`
          : divided(`max ${BY} (${FLINK_PREFIX}${source.name})`, source.per);
      return [{ record, expr, labels: knownOf(labels) }];
    });
  }
  const failed = (row.failed?.(UNKNOWN) ?? []).flatMap((each) => failedRules(name, row, each));
  const answered = row.series(UNKNOWN).flatMap(({ labels, spec }): Rule[] => {
    const { buckets, sum } = histogramCounters(spec);
    const known = knownOf(labels);
    const bounds = [...spec.bounds.map((bound) => String(bound / row.per)), "+Inf"];
    // A bucket of Prometheus has those below it, too.
    const upTo = bounds.map((le, place) => ({
      record: `${name}_bucket`,
      expr: sumOf(buckets.slice(0, place + 1), 1),
      labels: { ...known, le },
    }));
    return [
      ...upTo,
      { record: `${name}_sum`, expr: sumOf([sum], row.per), labels: known },
      { record: `${name}_count`, expr: sumOf(buckets, 1), labels: known },
    ];
  });
  return [...answered, ...failed];
}

/** Rules for all causes of an operation's failures at once: the cause is a part of the counters' names. */
function failedRules(name: string, { per }: HistogramRow, { labels, specs }: FailedBuckets): readonly Rule[] {
  const [[cause, spec] = ["", undefined]] = [...specs];
  if (spec === undefined) return [];
  const known = knownOf(labels);
  const { buckets, sum } = histogramCounters(spec);
  const operation = spec.name.slice(0, -cause.length);
  const errorType = inPrometheus(ERROR_TYPE);
  const sumBy = (names: readonly string[], divisor: number): string => {
    const ends = patternOf(names.map((each) => each.slice(spec.name.length)));
    const which = `{__name__=~'${FLINK_PREFIX}${operation}[A-Za-z_]+${ends}'}`;
    const cut = `'${errorType}', '$1', '__name__', '.*${operation}(_OTHER|[a-z_]+)[A-Z].*'`;
    return divided(`sum by (job_name, ${errorType}) (label_replace(${which}, ${cut}))`, divisor);
  };
  const bounds = [...spec.bounds.map((bound) => String(bound / per)), "+Inf"];
  const upTo = bounds.map((le, place) => ({
    record: `${name}_bucket`,
    expr: sumBy(buckets.slice(0, place + 1), 1),
    labels: { ...known, le },
  }));
  return [
    ...upTo,
    { record: `${name}_sum`, expr: sumBy([sum], per), labels: known },
    { record: `${name}_count`, expr: sumBy(buckets, 1), labels: known },
  ];
}

/** Zero while the job runs: `increase` would not see the first count of a series that begins with it. */
function zero(): string {
  return `0 * ${sumOf([FIRST_COUNTER], 1)}`;
}

/** The sum of those that there are: Flink has no counter that has not counted yet. */
function sumOf(names: readonly string[], per: number): string {
  const which = names.length === 1 ? FLINK_PREFIX + names[0]! : `{__name__=~'${FLINK_PREFIX}${patternOf(names)}'}`;
  return divided(`sum ${BY} (${which})`, per);
}

/** Names as one regular expression, with the words that all begin and end with only once. */
function patternOf(names: readonly string[]): string {
  const [first = ""] = names;
  if (names.length === 1) return first;
  const isShared = (at: number): boolean =>
    /^\D$/.test(first.at(at) ?? "") && names.every((name) => name.at(at) === first.at(at));
  let [start, end] = [0, 0];
  while (isShared(start)) start++;
  while (isShared(-1 - end)) end++;
  const middles = names.map((name) => name.slice(start, name.length - end));
  return `${first.slice(0, start)}(${middles.join("|")})${first.slice(first.length - end)}`;
}

function divided(expression: string, per: number): string {
  return per === 1 ? expression : `${expression} / ${per}`;
}

function knownOf(labels: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const unknown: readonly string[] = Object.values(UNKNOWN);
  const known = Object.entries(labels).filter(([, value]) => !unknown.includes(value));
  return Object.fromEntries(known.map(([label, value]) => [inPrometheus(label), value]));
}

function inPrometheus(name: string): string {
  return name.replaceAll(".", "_");
}

function textOf({ record, expr, labels }: Rule): string {
  const pairs = Object.entries(labels).map(([label, value]) => `    ${label}: ${quoted(value)}`);
  const lines = [
    `- record: ${record}`,
    `  expr: ${quoted(expr)}`,
    ...(pairs.length > 0 ? ["  labels:", ...pairs] : []),
  ];
  return lines.map((line) => `      ${line}\n`).join("");
}

/** Quotes what YAML would not read as this text. */
function quoted(text: string): string {
  return /^[+\d]|[{"]/.test(text) ? `"${text}"` : text;
}
