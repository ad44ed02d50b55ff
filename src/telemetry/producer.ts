import type { CollectionResult, MetricProducer } from "@opentelemetry/sdk-metrics";
import { emptyResource } from "@opentelemetry/resources";
import type { JobReadings } from "./job-readings";
import { metricData, type Naming } from "./metric-data";

/** Hands readings to OpenTelemetry's readers. It never rejects. */
export class JobMetricProducer implements MetricProducer {
  constructor(
    private readonly readings: JobReadings,
    private readonly naming?: Naming,
  ) {}

  async collect(): Promise<CollectionResult> {
    const now = await this.readings.now();
    const metrics =
      now === undefined
        ? []
        : metricData(now.readings, now.facts, { startMs: now.startMs, nowMs: Date.now() }, this.naming);
    const scopeMetrics = [{ scope: { name: "beam-chat-sessions" }, metrics }];
    // The reader takes the provider's resource.
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
  }
}
