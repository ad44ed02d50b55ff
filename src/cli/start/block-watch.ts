import { setTimeout as sleep } from "node:timers/promises";
import { openSearchClient } from "../../io/opensearch/requests/client";
import type { OpenSearchSettings } from "../../io/opensearch/settings";

/** Twice within the ten seconds in which a person wants to know. */
const LOOK_MS = 5_000;
const DISK = "read_only_allow_delete";

/** Names of blocks against writes, by index. */
export type Blocks = ReadonlyMap<string, readonly string[]>;

export interface BlockWatch {
  /** Rejects, or resolves with undefined, when nobody knows. */
  readonly blocks: () => Promise<Blocks | undefined>;
  /** Called with a sentence when an index takes no documents, and when it takes some again. */
  readonly say: (line: string) => void;
  readonly ended: AbortSignal;
  readonly lookMs?: number;
}

/** Looks again and again for blocks against writing to the job's indexes, until `ended` is aborted. Never rejects. */
export async function watchBlocks({ blocks, say, ended, lookMs = LOOK_MS }: BlockWatch): Promise<void> {
  let told: ReadonlySet<string> = new Set();
  while (!ended.aborted) {
    const found = await blocks().catch(() => undefined);
    if (found !== undefined && !ended.aborted) {
      for (const [index, names] of found) if (!told.has(index)) say(blockedWords(index, names));
      for (const index of told) if (!found.has(index)) say(`OpenSearch takes documents for index "${index}" again.`);
      told = new Set(found.keys());
    }
    await sleep(lookMs, undefined, { signal: ended, ref: false }).catch(() => undefined);
  }
}

function blockedWords(index: string, names: readonly string[]): string {
  const settings = names.map((name) => `index.blocks.${name}`).join(", ");
  const why = names.includes(DISK)
    ? `a disk of OpenSearch is full (flood-stage watermark, ${settings}): make room, and OpenSearch takes the block off`
    : `it is blocked for writing (${settings}): take that off`;
  return `Index "${index}" takes no documents, because ${why}. The job waits and loses nothing.`;
}

/** Reads the blocks of the job's indexes; undefined without the right to it. */
export async function readBlocks(settings: OpenSearchSettings): Promise<Blocks | undefined> {
  const { index, deadLetterIndex, ledgerIndex, connection } = settings;
  const client = openSearchClient(connection);
  try {
    const path = `/${[index, deadLetterIndex, ledgerIndex].join(",")}/_settings/index.blocks.*`;
    const query = { ignore_unavailable: true };
    const { status, body } = await client.request({ method: "GET", path, query });
    return status === 200 ? blocksIn(body) : undefined;
  } finally {
    await client.close();
  }
}

function blocksIn(body: unknown): Blocks {
  const all = Object.entries(body as Record<string, { settings?: { index?: { blocks?: Record<string, string> } } }>);
  return new Map(
    all.flatMap(([index, { settings }]) => {
      const blocks = Object.entries(settings?.index?.blocks ?? {});
      const names = blocks.flatMap(([name, value]) =>
        value === "true" && [DISK, "write", "read_only"].includes(name) ? [name] : [],
      );
      return names.length === 0 ? [] : [[index, names] as const];
    }),
  );
}
