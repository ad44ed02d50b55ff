import { z } from "zod";
import type { TestServices } from "./services";

const STATS = z.object({ calls: z.int() });

/** Calls of models that the test's Bedrock has counted since its start. */
export async function modelCalls({ bedrock }: TestServices): Promise<number> {
  return STATS.parse(await (await fetch(`${bedrock.url}/_local/stats`)).json()).calls;
}
