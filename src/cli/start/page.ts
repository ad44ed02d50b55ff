import type { Target } from "../../beam/target";
import { embedText } from "../../io/bedrock/embed-text";
import { KeptVectors } from "../../io/bedrock/kept-vectors";
import { openSearchClient } from "../../io/opensearch/requests/client";
import type { JobOptions } from "../../options";
import { servePage, type ServedPage } from "../../page/serve";
import type { PipelineSettings } from "../../pipeline";
import type { JobReadings } from "../../telemetry/job-readings";
import { redriveForPage } from "../page-redrive";

/**
 * Serves the page beside the job until it is closed; undefined when the job serves none. Rejects as `servePage` does.
 */
export async function openPage(
  { page, embedded }: Pick<JobOptions, "page" | "embedded">,
  settings: PipelineSettings,
  job: JobReadings,
  target: Target,
): Promise<ServedPage | undefined> {
  if (page === undefined) return undefined;
  const { openSearch, embed } = settings;
  const client = openSearchClient(openSearch.connection);
  const deadLetters = { client, index: openSearch.deadLetterIndex };
  const vectors = new KeptVectors();
  // The page's address is known when it listens.
  let linked = settings;
  try {
    const served = await servePage(
      {
        openSearch: client,
        index: openSearch.index,
        embed: (text) => vectors.of(embed.model, text, () => embedText(embed, text)),
        lexical: embedded.bedrock,
        deadLetters,
        redrive: (filter, watch) => redriveForPage(deadLetters, linked)(filter, watch),
        job,
      },
      page,
    );
    linked = withLinks(settings, served, target);
    return {
      ...served,
      async close() {
        await served.close();
        // It waits for open questions, whose answers nobody reads any more.
        void client.close().catch(() => undefined);
      },
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}

/**
 * Alerts lead to the page beside the job, unless they were told of another, or the job may outlive this process, with
 * which the page ends.
 */
export function withLinks(
  settings: PipelineSettings,
  page: Pick<ServedPage, "address"> | undefined,
  target: Target,
): PipelineSettings {
  const outlivesPage = target.kind === "flink-cluster" && target.leave !== "never";
  if (page === undefined || outlivesPage || settings.alerts.pageUrl !== undefined) return settings;
  return { ...settings, alerts: { ...settings.alerts, pageUrl: page.address } };
}
