/** The options of a run: where, how long, and what shows it. */
import { choice, count, onOff } from "./kinds";
import { option, optional } from "./spec";

export const RUNNING = {
  runner: option(
    choice(["direct", "flink"]),
    "direct",
    "What runs the pipeline: this process, or Flink (the managed service has npm run msf)",
  ),
  once: option(onOff, "false", "Read up to the tip of the stream as it is now, and end when all of it is indexed"),
  seed: option(count(0, 4_294_967_295), "1", "Seed of the sample chat and of --shuffle"),
  shuffle: option(
    onOff,
    "false",
    "Randomise the order of elements and the sizes of bundles, to find hidden assumptions",
  ),
  progress: option(onOff, "true", "Show no live progress"),
  json: option(onOff, "false", "Print only the closing JSON object on standard output"),
  page: option(
    onOff,
    "true",
    "Serve no page; there is one while a job with the embedded OpenSearch runs on, and with --page beside any job",
  ),
  pagePort: optional(count(1, 65_535), "Port of the page", {
    otherwise: "4780; on 127.0.0.1, if that is taken, any that is free",
  }),
  metricsPort: optional(
    count(0, 65_535),
    "Port of this machine on which /metrics (for Prometheus), /healthz and /readyz are served; 0 takes a free one",
    { otherwise: "not served; OTEL_EXPORTER_OTLP_ENDPOINT sends metrics" },
  ),
  logLevel: option(
    choice(["debug", "info", "warn", "error", "silent"]),
    "warn",
    "Least severe log line shown, on standard error",
  ),
} as const;
