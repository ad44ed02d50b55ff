/** An index of many sessions, in a data folder that is kept: filling it takes much longer than searching it. */
import { BUILT_IN_RULES } from "../../../src/chat/alerts/rules";
import { rulesIn } from "../../../src/chat/alerts/rules-in";
import { setTimeout as sleep } from "node:timers/promises";
import { processScope } from "../../../src/beam/operators/process-scope";
import type { Metrics } from "../../../src/beam";
import { contentHash } from "../../../src/chat/steps/documents/content-hash";
import { documentId, sessionDocument } from "../../../src/chat/steps/documents/document";
import { exactOperation } from "../../../src/io/opensearch/requests/bulk";
import { BulkWriter } from "../../../src/io/opensearch/writing/bulk-writer";
import { documentJson } from "../../../src/io/opensearch/writing/document-json";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { startOpenSearch } from "../../../src/local/opensearch/launch";
import { jobSettings } from "../harness/settings";
import { benchSession } from "./sessions";

export const INDEX = "bench-sessions";
/** A server as people run it, unlike the embedded one: with both of Java's compilers, and memory for its graphs. */
export const SERVER = { isForWork: true, heapMb: 2_048 } as const;
/** A server indexes again at its start what was not flushed, and that must not take two minutes. */
const FLUSH_SESSIONS = 5_000;
/** A merge that ends may let the next one begin. */
const QUIET_LOOKS = 3;
const LOOK_MS = 1_000;
const ATTRIBUTES = "channel=meta.channel,tenant=org.id";
const NO_METRICS: Metrics = {
  counter: () => ({ inc: () => undefined }),
  distribution: () => ({ update: () => undefined }),
  gauge: () => ({ set: () => undefined }),
};

type Say = (line: string) => void;

/** Fills the index of a data folder, with a server of its own. */
export async function fillFolder(dataDirectory: string, count: number, say: Say): Promise<number> {
  const server = await startOpenSearch({ dataDirectory, ...SERVER });
  try {
    return await fillIndex(server.url, count, say);
  } finally {
    await server.stop();
  }
}

/**
 * Fills the index up to `count` sessions, and goes on where an earlier call has ended. Resolves with the number of
 * sessions, which is larger where it held more.
 */
export async function fillIndex(url: string, count: number, say: Say): Promise<number> {
  const from = await countOf(url);
  if (from < count) await write(url, from, count, say);
  await flush(url);
  if (from < count) await untilMerged(url);
  return Math.max(from, count);
}

/** Waits for the merges that the index's own policy wants, which a server's end would put off. */
async function untilMerged(url: string): Promise<void> {
  // Without a number of segments it only asks the policy.
  await fetch(`${url}/${INDEX}/_forcemerge`, { method: "POST" });
  for (let quiet = 0; quiet < QUIET_LOOKS; quiet++) {
    await sleep(LOOK_MS);
    const answer = await fetch(`${url}/${INDEX}/_stats/merge`);
    const { _all: all } = (await answer.json()) as MergeStats;
    if (all.primaries.merges.current > 0) quiet = -1;
  }
}

interface MergeStats {
  readonly _all: { readonly primaries: { readonly merges: { readonly current: number } } };
}

async function write(url: string, from: number, count: number, say: Say): Promise<void> {
  const flags = ["--opensearch-endpoint", url, "--index", INDEX, "--attributes", ATTRIBUTES];
  const settings = jobSettings(flags).openSearch;
  await prepareOpenSearch(settings);
  // Each refresh makes a segment, and each segment a graph of vectors that merges make anew.
  await setRefresh(url, "-1");
  const scope = processScope();
  const writer = new BulkWriter(settings, { metrics: NO_METRICS, stageName: "fill", shared: scope });
  const { maxConcurrentRequests, maxDocuments } = settings.bulk;
  // An interrupted filling may have left out some of its last requests.
  let next = Math.max(0, Math.floor(from / maxDocuments) - maxConcurrentRequests) * maxDocuments;
  const fill = async (): Promise<void> => {
    while (next < count) {
      const first = next;
      next = Math.min(count, first + maxDocuments);
      const operations = Array.from({ length: next - first }, (_, place) => operationOf(first + place, settings));
      const outcomes = await writer.send(INDEX, operations);
      // A conflict is one that an interrupted filling has written.
      const refused = outcomes.find((outcome) => !outcome.stored && !("isConflict" in outcome));
      if (refused !== undefined) throw new Error(`A session was not stored: ${JSON.stringify(refused)}`);
      if (next % FLUSH_SESSIONS > 0) continue;
      await flush(url);
      say(`${next} of ${count} sessions`);
    }
  };
  await Promise.all(Array.from({ length: maxConcurrentRequests }, fill));
  writer.close();
  await scope.close();
  await setRefresh(url, `${settings.refreshIntervalMs}ms`);
}

async function setRefresh(url: string, interval: string): Promise<void> {
  const body = JSON.stringify({ index: { refresh_interval: interval } });
  const headers = { "content-type": "application/json" };
  const { ok } = await fetch(`${url}/${INDEX}/_settings`, { method: "PUT", headers, body });
  if (!ok) throw new Error("The index takes no settings.");
}

const alertsOf = rulesIn({ rules: BUILT_IN_RULES });

function operationOf(index: number, settings: ReturnType<typeof jobSettings>["openSearch"]) {
  const content = benchSession(index);
  const id = documentId(content.part);
  const hash = contentHash(content.part, "bench");
  const planned = { id, content, contentHash: hash, isSmaller: false, heldPositions: [] };
  const document = sessionDocument(planned, settings, content.part.endMs, alertsOf(content));
  return exactOperation(id, documentJson(document), undefined);
}

async function countOf(url: string): Promise<number> {
  await fetch(`${url}/${INDEX}/_refresh`, { method: "POST" });
  const answer = await fetch(`${url}/${INDEX}/_count`);
  if (answer.status === 404) return 0;
  const { count } = (await answer.json()) as { readonly count: number };
  return count;
}

async function flush(url: string): Promise<void> {
  await fetch(`${url}/${INDEX}/_flush?wait_if_ongoing=true`, { method: "POST" });
}
