import type { Target } from "../src/beam/target";
import type { FlinkSettings, JobOptions } from "../src/options";
import { flinkTarget } from "../src/options/flink";

/** The job on Flink. Where services are embedded, they end with this command, and so must a job on a cluster. */
export function jobOnFlink({ embedded, local, workerVariables }: JobOptions, flink: FlinkSettings): Target {
  const isBound = Object.values(embedded).includes(true);
  return flinkTarget(flink, { dataDirectory: local.dataDirectory, workerVariables, isBound });
}
