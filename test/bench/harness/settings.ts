import { readOptions } from "../../../src/options";
import type { PipelineSettings } from "../../../src/pipeline";

/** The job's own settings for these flags, without those for the sample chat. Missing endpoints are not used. */
export function jobSettings(flags: readonly string[]): PipelineSettings {
  return readOptions(["--no-sample", ...flags], {}).pipelineSettings({}, Date.now());
}
