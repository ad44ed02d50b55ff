import type { JobOptions } from "../../options";
import type { PipelineSettings } from "../../pipeline";
import type * as Opening from "../../telemetry/open";
import type { Telemetry } from "../../telemetry/open";
import type { JobFacts } from "../../telemetry/row";

/** Undefined when the job's metrics go nowhere: then OpenTelemetry's packages are not loaded. */
export async function telemetryOf(
  { telemetry }: Pick<JobOptions, "telemetry">,
  say: (line: string) => void,
): Promise<Telemetry | undefined> {
  if (telemetry === undefined) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only when it is used
  const { openTelemetry } = require("../../telemetry/open") as typeof Opening;
  const opened = await openTelemetry(telemetry);
  if (opened.url !== undefined) say(`Metrics are served at ${opened.url}/metrics`);
  return opened;
}

export function factsOf({ files, kinesis, summarise, embed, openSearch }: PipelineSettings): JobFacts {
  return {
    stream: files === undefined ? kinesis.streamName : undefined,
    index: openSearch.index,
    summaryModel: summarise.model,
    embeddingModel: embed.model.id,
  };
}
