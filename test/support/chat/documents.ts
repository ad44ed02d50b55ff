import { z } from "zod";
import type { JobTargets } from "./job";

const HITS = z.object({
  hits: z.object({ hits: z.array(z.object({ _id: z.string(), _source: z.record(z.string(), z.unknown()) })) }),
});

/** All documents by id, without these fields. */
export async function documentsOf(
  { openSearch, index }: Pick<JobTargets, "openSearch" | "index">,
  ...without: readonly string[]
): Promise<Map<string, unknown>> {
  await fetch(`${openSearch}/${index}/_refresh`, { method: "POST" });
  const answer = await fetch(`${openSearch}/${index}/_search?size=5000`);
  const { hits } = HITS.parse(await answer.json()).hits;
  const kept = (source: Record<string, unknown>): unknown =>
    Object.fromEntries(Object.entries(source).filter(([field]) => !without.includes(field)));
  return new Map(hits.map(({ _id, _source }) => [_id, kept(_source)]));
}
