/**
 * Metrics of a job while it runs: Beam's job service has them only when the job has ended, Flink's REST service all the
 * time. After a restart Flink counts from zero.
 */
import { z } from "zod";
import { METRIC_NAMESPACE } from "../beam/harness/monitoring";
import type { MetricResult, PipelineRun } from "../beam/runner";

const REQUEST_TIMEOUT_MS = 5_000;
const REFRESH_MS = 1_000;

const USER_METRIC = new RegExp(`^(.*)\\.${METRIC_NAMESPACE}_(\\w+)$`);

const OVERVIEW = z.object({ jobs: z.array(z.object({ jid: z.string(), state: z.string() })) });
const JOB = z.object({ vertices: z.array(z.object({ id: z.string() })) });
const NAMES = z.array(z.object({ id: z.string() }));
const VALUES = z.array(z.object({ id: z.string(), sum: z.number(), max: z.number() }));

/**
 * The run with metrics from Flink's REST address until its end, and its own then: those of one job, or of all that run
 * there.
 */
export function withLiveMetrics(run: PipelineRun, webUrl: string, job?: string): PipelineRun {
  const live = new LiveMetrics(webUrl, job);
  let newest: readonly MetricResult[] = [];
  let newestMs = Number.NEGATIVE_INFINITY;
  let hasEnded = false;
  const end = (): void => void (hasEnded = true);
  run.finished.then(end, end);
  const refresh = async (): Promise<void> => {
    const found = await (hasEnded ? run.metrics() : live.ofRunningJobs()).catch(() => []);
    if (found.length > 0) newest = found;
    newestMs = performance.now();
  };
  // A cancelled job takes its metrics away.
  const last = async (stop: () => Promise<void>): Promise<void> => {
    await refresh();
    await stop();
  };
  return {
    finished: run.finished,
    async metrics() {
      if (hasEnded || performance.now() - newestMs >= REFRESH_MS) await refresh();
      return newest;
    },
    drain: () => last(() => run.drain()),
    cancel: () => last(() => run.cancel()),
  };
}

class LiveMetrics {
  /** Flink answers with nothing at all when one of several metrics is no number, as distributions are. */
  private readonly numbers = new Set<string>();

  constructor(
    private readonly webUrl: string,
    private readonly job: string | undefined,
  ) {}

  async ofRunningJobs(): Promise<readonly MetricResult[]> {
    const { jobs } = OVERVIEW.parse(await get(`${this.webUrl}/jobs/overview`));
    const running = jobs.filter(({ jid, state }) => state === "RUNNING" && jid === (this.job ?? jid));
    return (await Promise.all(running.map(({ jid }) => this.ofJob(`${this.webUrl}/jobs/${jid}`)))).flat();
  }

  private async ofJob(job: string): Promise<MetricResult[]> {
    const { vertices } = JOB.parse(await get(job));
    const tasks = vertices.map(({ id }) => this.ofTask(`${job}/vertices/${id}/subtasks/metrics`));
    return (await Promise.all(tasks)).flat();
  }

  /** Flink names a metric `<operator>.<namespace>_<name>`, and does not tell counter from gauge: it is given as both. */
  private async ofTask(address: string): Promise<MetricResult[]> {
    const own = NAMES.parse(await get(address)).flatMap(({ id }) => (USER_METRIC.test(id) ? [id] : []));
    const together = own.filter((name) => this.numbers.has(name));
    const alone = own.filter((name) => !this.numbers.has(name)).map((name) => [name]);
    const asked = together.length > 0 ? [together, ...alone] : alone;
    const answers = await Promise.all(
      asked.map(async (names) => VALUES.parse(await get(`${address}?get=${names.map(encodeURIComponent).join(",")}`))),
    );
    return answers.flat().flatMap(({ id, sum, max }): MetricResult[] => {
      this.numbers.add(id);
      const [, transform = "", name = ""] = USER_METRIC.exec(id) ?? [];
      return [
        { transform, name, kind: "counter", value: sum },
        { transform, name, kind: "gauge", value: max },
      ];
    });
  }
}

async function get(url: string): Promise<unknown> {
  return (await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })).json();
}
