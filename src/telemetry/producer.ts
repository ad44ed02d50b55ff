import type { CollectionResult, MetricData, MetricProducer } from "@opentelemetry/sdk-metrics";
import { emptyResource } from "@opentelemetry/resources";
import type { MetricResult } from "../beam";
import { metricData, type Naming } from "./metric-data";
import { Readings } from "./readings";
import type { JobFacts } from "./table";

/** What a run tells of itself. */
export interface FollowedRun {
  metrics(): Promise<readonly MetricResult[]>;
  openWindows?(): number;
}

interface Followed {
  readonly run: FollowedRun;
  readonly facts: JobFacts;
  readonly startMs: number;
  newest: Readings;
}

/** The metrics of the followed run. */
export class JobReadings {
  private followed: Followed | undefined;

  follow(run: FollowedRun, facts: JobFacts): void {
    this.followed = { run, facts, startMs: Date.now(), newest: new Readings([], undefined) };
  }

  get isFollowing(): boolean {
    return this.followed !== undefined;
  }

  /**
   * Resolves with the newest metrics that there are: the former ones while the runner does not answer, and none before
   * a run is followed. Counters begin at 0.
   */
  async data(naming?: Naming): Promise<MetricData[]> {
    const { followed } = this;
    if (followed === undefined) return [];
    const { run, facts, startMs } = followed;
    const metrics = await run.metrics().catch(() => undefined);
    if (metrics !== undefined) followed.newest = new Readings(metrics, run.openWindows?.());
    return metricData(followed.newest, facts, { startMs, nowMs: Date.now() }, naming);
  }
}

/** Hands readings to OpenTelemetry's readers. It never rejects. */
export class JobMetricProducer implements MetricProducer {
  constructor(
    private readonly readings: JobReadings,
    private readonly naming?: Naming,
  ) {}

  async collect(): Promise<CollectionResult> {
    const scopeMetrics = [{ scope: { name: "beam-chat-sessions" }, metrics: await this.readings.data(this.naming) }];
    // The reader takes the provider's resource.
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
  }
}
