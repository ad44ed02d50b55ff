/**
 * Serves and sends the job's metrics by OpenTelemetry's packages. Load this file only when metrics go somewhere: the
 * packages take some tenths of a second to load.
 */
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { OTLPMetricExporter as JsonExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { roomLog } from "../log";
import { type FollowedRun, JobReadings } from "./job-readings";
import { withUnit } from "./metric-data";
import { JobMetricProducer } from "./producer";
import { type MetricsServer, openMetricsServer } from "./server";
import type { TelemetrySettings } from "./settings";
import type { JobFacts } from "./row";

/** Time for the last figures to reach a collector, which may be away. */
const LAST_SEND_MS = 5_000;

const log = roomLog("telemetry");

export interface Telemetry {
  /** Address of the server for Prometheus; undefined without one. */
  readonly url: string | undefined;
  /** Serves this run's metrics from now on. */
  follow(run: FollowedRun, facts: JobFacts): void;
  /** Sends the last figures and closes the server. It never rejects. */
  close(): Promise<void>;
}

/** Rejects with BAD_OPTION when the port is taken. */
export async function openTelemetry({ metricsPort, otlp }: TelemetrySettings): Promise<Telemetry> {
  sendTroubleToLog();
  const readings = new JobReadings();
  const producers = (naming?: typeof withUnit) => [new JobMetricProducer(readings, naming)];
  const exporter =
    metricsPort === undefined
      ? undefined
      : new PrometheusExporter({
          preventServerStart: true,
          withoutScopeInfo: true,
          metricProducers: producers(withUnit),
        });
  const sender =
    otlp === undefined
      ? undefined
      : new PeriodicExportingMetricReader({
          exporter: otlp.protocol === "http/json" ? new JsonExporter() : new ProtobufExporter(),
          exportIntervalMillis: otlp.intervalMs,
          exportTimeoutMillis: otlp.timeoutMs,
          metricProducers: producers(),
        });
  const service = resourceFromAttributes({ "service.name": "beam-chat-sessions" });
  const provider = new MeterProvider({
    resource: defaultResource()
      .merge(service)
      .merge(detectResources({ detectors: [envDetector] })),
    readers: [exporter, sender].filter((reader) => reader !== undefined),
  });
  let server: MetricsServer | undefined;
  if (metricsPort !== undefined && exporter !== undefined) {
    server = await openMetricsServer(metricsPort, { exporter, isReady: () => readings.isFollowing });
  }
  return {
    url: server?.url,
    follow: (run, facts) => readings.follow(run, facts),
    async close() {
      await server?.close();
      await provider.shutdown({ timeoutMillis: LAST_SEND_MS }).catch((error: unknown) => {
        log.warn({ why: error instanceof Error ? error.name : "unknown" }, "The last metrics may not have been sent");
      });
    },
  };
}

/** Receivers' answers stay out of the log, which is read by others than they are. */
function sendTroubleToLog(): void {
  const tell = (message: string): void => log.warn({ why: message.slice(0, 200) }, "OpenTelemetry has trouble");
  const silent = (): void => undefined;
  diag.setLogger(
    { error: tell, warn: tell, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
