import { checkBedrock } from "../io/bedrock/check";
import { checkStream } from "../io/kinesis/check";
import { prepareOpenSearch } from "../io/opensearch/prepare";
import type { PipelineSettings } from "../pipeline";

/** What must exist is looked for before anything runs, all at once; each refusal says how to mend it. */
export async function checkAll(settings: PipelineSettings): Promise<void> {
  await Promise.all([checkStream(settings.kinesis), checkBedrock(settings), prepareOpenSearch(settings.openSearch)]);
}
