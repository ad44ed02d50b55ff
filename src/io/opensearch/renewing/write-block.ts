/**
 * Blocks writes to an index, and tells whether one came through all the same.
 *
 * 1. OpenSearch's Blocks API waits for writes that are under way. The setting does not, so it is used only where that
 *    API is refused.
 * 2. Numbers of writes tell the rest: a shard counts each of them, also one that amends a document.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { JobError } from "../../../chat/errors";
import type { OpenSearchAnswer, OpenSearchClient } from "../requests/client";
import { patiently, refusal } from "../requests/patiently";

const POLL_MS = 250;
/** Longer than a shard waits before it writes to its disk, where an index does so at intervals (5 s by default). */
const SETTLING_MS = 10_000;

/** Resolves when no further write begins; one that is under way may still end where only the setting is allowed. */
export async function blockWrites(client: OpenSearchClient, index: string): Promise<void> {
  const blocked = await patiently(client, { method: "PUT", path: `/${index}/_block/write` });
  // A block that was there before is acknowledged too.
  if (isOk(blocked) && (blocked.body as { readonly acknowledged?: boolean } | undefined)?.acknowledged === true) return;
  const path = `/${index}/_settings`;
  const set = await patiently(client, { method: "PUT", path, json: { "index.blocks.write": true } });
  if (!isOk(set)) throw refusal(`block writes (${path})`, set);
}

/** Does nothing when the index is gone: then the copy has its names. */
export async function unblockWrites(client: OpenSearchClient, index: string): Promise<void> {
  await patiently(client, { method: "PUT", path: `/${index}/_settings`, json: { "index.blocks.write": null } });
}

interface ShardCopy {
  readonly routing: { readonly primary: boolean };
  readonly seq_no?: { readonly max_seq_no: number; readonly local_checkpoint: number };
}

interface ShardStats {
  readonly _shards?: { readonly failed: number };
  readonly indices?: Readonly<Record<string, { readonly shards: Readonly<Record<string, readonly ShardCopy[]>> }>>;
}

/**
 * Says which writes the index, given by its own name, has had: equal texts, no write between. Waits some seconds for
 * those that have a number and are not carried out. Rejects with SERVICE_UNREACHABLE where a shard does not tell.
 */
export async function writesOf(client: OpenSearchClient, index: string): Promise<string> {
  const path = `/${index}/_stats/store`;
  for (const endMs = performance.now() + SETTLING_MS; ; await sleep(POLL_MS)) {
    const answer = await patiently(client, { method: "GET", path, query: { level: "shards" } });
    if (!isOk(answer)) throw refusal(`measure (${path})`, answer);
    const { shards = {} } = (answer.body as ShardStats).indices?.[index] ?? {};
    const primaries = Object.entries(shards).map(([shard, copies]) => {
      const { max_seq_no: last, local_checkpoint: done } = copies.find(({ routing }) => routing.primary)?.seq_no ?? {};
      return { text: `${shard}:${last}/${done}`, isSettled: last !== undefined && last === done };
    });
    const { failed = 0 } = (answer.body as ShardStats)._shards ?? {};
    const isWhole = primaries.length > 0 && failed === 0 && primaries.every(({ text }) => !text.includes("undefined"));
    if (isWhole && (primaries.every(({ isSettled }) => isSettled) || performance.now() > endMs)) {
      return primaries
        .map(({ text }) => text)
        .sort()
        .join(" ");
    }
    if (performance.now() > endMs) {
      throw new JobError(
        "SERVICE_UNREACHABLE",
        `Not all shards of the index "${index}" tell what was written to them: look at the cluster's health, and run the same command again, which goes on.`,
      );
    }
  }
}

function isOk({ status }: OpenSearchAnswer): boolean {
  return status >= 200 && status < 300;
}
