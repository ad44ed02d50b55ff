/** Flink's own Prometheus reporter, out of a whole Flink distribution, since it is in no Maven repository by itself. */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { FLINK_1_19 } from "../../python/archives";
import { downloadArchive } from "../aws/python";

const UNPACK_LIMIT_MS = 120_000;

/** Puts the reporter's jar into the folder, and returns its path. */
export async function prometheusReporter(folder: string): Promise<string> {
  const what = ["--strip-components=4", "--wildcards", "*/deps/plugins/metrics-prometheus/*.jar"];
  const archive = await downloadArchive(FLINK_1_19);
  await promisify(execFile)("tar", ["-xzf", archive, "-C", folder, ...what], { timeout: UNPACK_LIMIT_MS });
  const [jar, ...more] = (await readdir(folder)).filter((name) => name.startsWith("flink-metrics-prometheus-"));
  if (jar === undefined || more.length > 0) throw new Error(`${archive} has no reporter for Prometheus, or several`);
  return path.join(folder, jar);
}

/** Flink's settings with which it serves metrics under this port. */
export function reporterSettings(port: number): Readonly<Record<string, string | number>> {
  return {
    "metrics.reporters": "prom",
    "metrics.reporter.prom.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
    "metrics.reporter.prom.port": port,
  };
}
