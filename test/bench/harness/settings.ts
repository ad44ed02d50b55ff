import { readOptions } from "../../../src/options";
import type { PipelineSettings } from "../../../src/pipeline";

/** The job's own settings for these flags. Missing endpoints are not used. */
export function jobSettings(flags: readonly string[]): PipelineSettings {
  return readOptions(flags, {}).pipelineSettings({}, Date.now());
}
