/** Where metrics go, by the option and by the variables that OpenTelemetry's own tools know. */
import { JobError } from "../chat/errors";

export interface TelemetrySettings {
  /** Port of `/metrics`, `/healthz` and `/readyz` on 127.0.0.1; 0 takes a free one. */
  readonly metricsPort?: number;
  /** Present when metrics are sent by OTLP. The exporter reads address, headers and time-outs by itself. */
  readonly otlp?: OtlpSettings;
}

export interface OtlpSettings {
  readonly protocol: "http/protobuf" | "http/json";
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Defaults of https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
const INTERVAL_MS = 60_000;
const TIMEOUT_MS = 30_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined when metrics go nowhere. Throws `JobError` BAD_OPTION for a variable that cannot be followed. */
export function telemetrySettings(
  metricsPort: number | undefined,
  environment: Environment,
): TelemetrySettings | undefined {
  const otlp = otlpSettings(environment);
  if (metricsPort === undefined && otlp === undefined) return undefined;
  return { ...(metricsPort === undefined ? {} : { metricsPort }), ...(otlp === undefined ? {} : { otlp }) };
}

function otlpSettings(environment: Environment): OtlpSettings | undefined {
  const value = (...names: readonly string[]): string | undefined =>
    names.map((name) => environment[name]?.trim()).find((text) => text !== undefined && text !== "");
  const metricsOr = (name: string): string | undefined =>
    value(`OTEL_EXPORTER_OTLP_METRICS_${name}`, `OTEL_EXPORTER_OTLP_${name}`);
  const exporters = value("OTEL_METRICS_EXPORTER") ?? "otlp";
  const names = exporters.split(",").map((name) => name.trim());
  const isOff = value("OTEL_SDK_DISABLED")?.toLowerCase() === "true" || !names.includes("otlp");
  const address = metricsOr("ENDPOINT");
  if (isOff || address === undefined) return undefined;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    // Not quoted, because some addresses hold a key.
    const sentence = "OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://127.0.0.1:4318.";
    throw new JobError("BAD_OPTION", sentence);
  }
  const protocol = metricsOr("PROTOCOL") ?? "http/protobuf";
  if (protocol !== "http/protobuf" && protocol !== "http/json") {
    throw new JobError(
      "BAD_OPTION",
      `OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf or http/json, not ${protocol}; a collector takes both on port 4318.`,
    );
  }
  const temporality = value("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE") ?? "cumulative";
  if (temporality.toLowerCase() !== "cumulative") {
    throw new JobError(
      "BAD_OPTION",
      `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE must be cumulative, not ${temporality}; a collector's cumulativetodelta processor makes differences.`,
    );
  }
  const intervalMs = milliseconds("OTEL_METRIC_EXPORT_INTERVAL", value("OTEL_METRIC_EXPORT_INTERVAL"), INTERVAL_MS);
  const timeoutMs = milliseconds("OTEL_METRIC_EXPORT_TIMEOUT", value("OTEL_METRIC_EXPORT_TIMEOUT"), TIMEOUT_MS);
  return { protocol, intervalMs, timeoutMs: Math.min(intervalMs, timeoutMs) };
}

function milliseconds(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value < 2 ** 31) return value;
  throw new JobError("BAD_OPTION", `${name} must be a whole number of milliseconds, not "${text}".`);
}
