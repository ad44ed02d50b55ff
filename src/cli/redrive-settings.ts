import type { CommandLine } from "../options/command-line";
import type { PipelineSettings } from "../pipeline";
import { withCheckedKey } from "./key-check";
import { jobSettings, type OpenServices } from "./services";
import { sayWhereTextMayGo } from "./text-notice";

/**
 * The job's settings for redrives, once its key of pseudonyms is known to be the index's. `say` is told where chat text
 * may go. Rejects as `jobSettings` and `withCheckedKey` do.
 */
export async function redriveSettings(
  services: OpenServices,
  line: CommandLine,
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<PipelineSettings> {
  const settings = await withCheckedKey(jobSettings(services, line, environment), services.openSearch);
  sayWhereTextMayGo([settings.summarise], say);
  return settings;
}
