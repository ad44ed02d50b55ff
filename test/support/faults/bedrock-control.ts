/** Faults and counts of a stand-in for Bedrock that runs in a process of its own. */
import assert from "node:assert/strict";
import { z } from "zod";
import type { Faults } from "../../../src/local/bedrock/faults";

const STATS = z.object({ models: z.record(z.string(), z.object({ throttled: z.number() })) });

export async function setBedrockFaults(url: string, faults: Partial<Faults>): Promise<void> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/_local/faults`, { method: "POST", headers, body: JSON.stringify(faults) });
  assert.equal(answer.status, 200);
}

/** The number of calls that it has turned down. */
export async function throttledCalls(url: string): Promise<number> {
  const { models } = STATS.parse(await (await fetch(`${url}/_local/stats`)).json());
  return Object.values(models).reduce((sum, { throttled }) => sum + throttled, 0);
}
