/**
 * Metrics of a running job. Beam's job service has them only after the job's end; Flink's REST service has them at any
 * time, counted from the last restart.
 */
import { type BackOff, retrying, unlessAnswered } from "../retry";
import { z } from "zod";
import { METRIC_NAMESPACE } from "../harness/monitoring";
import type { MetricResult, PipelineRun } from "../runner";
import type { PipelineProto } from "../sdk";
import { FlinkRest } from "./flink-rest";
import { accumulatedMetrics, transformName } from "./metric-results";

const REFRESH_MS = 1_000;
/** Flink's server refuses a request line of more than 4,096 characters; the rest is room for path and ids. */
const MAX_NAMES_LENGTH = 3_500;
const LAST_TRIES = 5;
const LAST_PAUSE: BackOff = { baseMs: 500, capMs: 500, jitter: 0 };

const USER_METRIC = new RegExp(`^(.*)\\.${METRIC_NAMESPACE}_(\\w+)$`);

const JOB = z.object({ vertices: z.array(z.object({ id: z.string() })) });
const NAMES = z.array(z.object({ id: z.string() }));
const VALUES = z.array(z.object({ id: z.string(), sum: z.number(), max: z.number() }));

export interface LiveJob {
  /** Address of Flink's REST service. */
  readonly webUrl: string;
  readonly pipeline: PipelineProto;
  /** Default: all jobs that run there. */
  readonly id?: string;
}

/**
 * Makes a run whose metrics come from Flink's REST service until the job's end, and from the run itself after that.
 * Metrics of a running job are preliminary: after an error the previous ones are returned. Those of an ended job are
 * final, and an error rejects.
 */
export function withLiveMetrics(run: PipelineRun, job: LiveJob): PipelineRun {
  const live = new LiveMetrics(job);
  let newest: readonly MetricResult[] = [];
  let newestMs = Number.NEGATIVE_INFINITY;
  let isCancelled = false;
  let end: "well" | "badly" | undefined;
  run.finished.then(
    () => (end = "well"),
    () => (end = "badly"),
  );
  let account: Promise<readonly MetricResult[]> | undefined;
  const refresh = async (): Promise<void> => {
    const found = await live.ofRunningJobs().catch(() => []);
    if (found.length > 0) newest = found;
    newestMs = performance.now();
  };
  // One look at a time for all who ask, so that no older answer comes after a newer one.
  let looking: Promise<void> | undefined;
  const look = (): Promise<void> => (looking ??= refresh().finally(() => (looking = undefined)));
  const stop = async (how: () => Promise<void>): Promise<void> => {
    isCancelled = true;
    await look();
    await how();
  };
  return {
    finished: run.finished,
    async metrics() {
      if (end === undefined) {
        if (performance.now() - newestMs >= REFRESH_MS) await look();
        return newest;
      }
      // Flink may keep no metrics of a job that did not end by itself; the last ones seen are used then.
      const isAccount = end === "well" && !isCancelled;
      account ??= isAccount ? patiently(() => run.metrics()) : run.metrics();
      if (isAccount) return account;
      const found = await account.catch(() => []);
      return found.length > 0 ? found : newest;
    },
    drain: () => stop(() => run.drain()),
    cancel: () => stop(() => run.cancel()),
  };
}

/** Makes several attempts. */
function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const decide = unlessAnswered<T>((error, { failures }) =>
    failures < LAST_TRIES ? { kind: "again", why: "no metrics" } : { kind: "fatal", error },
  );
  return retrying(ask, decide, { backOff: LAST_PAUSE });
}

class LiveMetrics {
  /**
   * Names of metrics that are numbers. When one of several requested metrics is not a number, as distributions are not,
   * Flink's answer is empty.
   */
  private readonly numbers = new Set<string>();
  /** The last answers by job. */
  private readonly ended = new Map<string, readonly MetricResult[]>();
  private readonly rest: FlinkRest;

  constructor(private readonly job: LiveJob) {
    // Requests are not retried, since the next poll comes soon.
    this.rest = new FlinkRest(job.webUrl, { patienceMs: 0 });
  }

  async ofRunningJobs(): Promise<readonly MetricResult[]> {
    const running = (await this.rest.jobs()).filter(
      ({ jid, state }) => state === "RUNNING" && jid === (this.job.id ?? jid),
    );
    const metrics = await Promise.all(running.map(({ jid }) => this.ofJob(jid)));
    const ended = await Promise.all(running.map(({ jid }) => this.ofEndedTasks(jid)));
    return withEnded(summed(metrics.flat()), ended.flat());
  }

  /**
   * Returns the counts of tasks that have ended: Flink drops a task's metrics then, and keeps its accumulators. After
   * an error it returns the previous ones, since a counter that goes back looks like one that was reset.
   */
  private async ofEndedTasks(job: string): Promise<readonly MetricResult[]> {
    try {
      this.ended.set(job, accumulatedMetrics(await this.rest.accumulators(job), this.job.pipeline));
    } catch {
      // The next look asks again.
    }
    return this.ended.get(job) ?? [];
  }

  private async ofJob(job: string): Promise<NumberMetric[]> {
    const { vertices } = await this.rest.ofJob(job, "", JOB);
    const metrics: NumberMetric[] = [];
    // Flink lists tasks from the sources on. They are asked from the sinks on, one by one, so that no figure is newer
    // than those of the tasks before it: nothing seems to be written that has not been read.
    for (const { id } of [...vertices].reverse()) {
      metrics.push(...(await this.ofTask(job, `/vertices/${id}/subtasks/metrics`)));
    }
    return metrics;
  }

  /** Returns the values of numbers, when at least one of several names is no number one by one. */
  private async values(job: string, address: string, names: readonly string[]): Promise<z.infer<typeof VALUES>> {
    const answer = await this.rest.ofJob(job, `${address}?get=${names.map(encodeURIComponent).join(",")}`, VALUES);
    if (answer.length > 0 || names.length === 1) return answer;
    return (await Promise.all(names.map((name) => this.values(job, address, [name])))).flat();
  }

  /**
   * Returns a task's metrics. Flink names a metric `<operator>.<namespace>_<name>` and does not tell counters from
   * gauges, so each is reported as both.
   */
  private async ofTask(job: string, address: string): Promise<NumberMetric[]> {
    const own = (await this.rest.ofJob(job, address, NAMES)).flatMap(({ id }) => (USER_METRIC.test(id) ? [id] : []));
    const asked = [
      ...inRequests(own.filter((name) => this.numbers.has(name))),
      ...inRequests(own.filter((name) => !this.numbers.has(name))),
    ];
    const answers = await Promise.all(asked.map((names) => this.values(job, address, names)));
    return answers.flat().flatMap(({ id, sum, max }): NumberMetric[] => {
      this.numbers.add(id);
      const [, operator = "", name = ""] = USER_METRIC.exec(id) ?? [];
      const transform = transformName(operator, this.job.pipeline);
      return [
        { transform, name, kind: "counter", value: sum },
        { transform, name, kind: "gauge", value: max },
      ];
    });
  }
}

/** Cuts encoded names into lists that fit an address each. */
function inRequests(names: readonly string[]): readonly (readonly string[])[] {
  const requests: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const more = encodeURIComponent(name).length + 1;
    if (length + more > MAX_NAMES_LENGTH) {
      requests.push([]);
      length = 0;
    }
    length += more;
    requests.at(-1)?.push(name);
  }
  return requests;
}

interface NumberMetric {
  readonly transform: string;
  readonly name: string;
  readonly kind: "counter" | "gauge";
  readonly value: number;
}

/**
 * Puts the counts of ended tasks in place of the live ones, name by name, where their sum is larger. Flink names a
 * metric by operator, and Beam's accumulator by transform, so single metrics cannot be matched.
 */
function withEnded(metrics: readonly MetricResult[], ended: readonly MetricResult[]): MetricResult[] {
  const live = countsByName(metrics);
  const more = new Set(
    [...countsByName(ended)].flatMap(([name, count]) => (count > (live.get(name) ?? 0) ? [name] : [])),
  );
  const isMore = ({ kind, name }: MetricResult): boolean => kind === "counter" && more.has(name);
  return [...metrics.filter((metric) => !isMore(metric)), ...ended.filter(isMore)];
}

function countsByName(metrics: readonly MetricResult[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, name, value } of metrics) {
    if (kind === "counter") counts.set(name, (counts.get(name) ?? 0) + value);
  }
  return counts;
}

/** Sums up the metrics of a transform that runs in several tasks of a job, as behind a flatten. */
function summed(metrics: readonly NumberMetric[]): MetricResult[] {
  const totals = new Map<string, NumberMetric>();
  for (const metric of metrics) {
    const key = JSON.stringify([metric.transform, metric.name, metric.kind]);
    const before = totals.get(key)?.value;
    const value =
      metric.kind === "counter" ? (before ?? 0) + metric.value : Math.max(before ?? -Infinity, metric.value);
    totals.set(key, { ...metric, value });
  }
  return [...totals.values()];
}
