import path from "node:path";
import { openSearchClient } from "../../../src/io/opensearch/requests/client";
import { deadLetterIndexOf } from "../../../src/io/opensearch/settings";
import { vectorOf } from "../../../src/local/bedrock/vector";
import { startOpenSearch } from "../../../src/local/opensearch/launch";
import { servePage } from "../../../src/page/serve";
import { temporaryFolder } from "../../support/temporary-folder";
import { type Benchmark, type Row, round } from "../harness/benchmark";
import { percentile } from "../harness/percentile";
import { processStat } from "../harness/process-stat";
import { fillFolder, fillIndex, INDEX, SERVER } from "./filled-index";
import { type FirstViews, firstViews } from "./first-view";
import { addresses, GROUPS } from "./questions";
import { reader } from "./reader";
import { DIMENSION } from "./sessions";

const SESSIONS = 200_000;
/** Requests of each group; the first ones warm up. */
const REQUESTS = 100;
const WARM_UP = 40;
/** Times that a browser opens the page, with an empty cache and with a full one. */
const VIEWS = 20;
const SEED = 17;
const WARM_UP_SEED = 18;
/** Filling an index with fewer takes seconds. */
const LEAST_KEPT = 10_000;
/** The number counts up when the sessions change, so that no index of others is measured. */
const KEPT = path.resolve(__dirname, "../../../.local/bench-page-1");

export const page: Benchmark = {
  name: "page",
  title: `The page and its API on ${SESSIONS} sessions or fewer, as one reader asks it, in milliseconds`,
  notMeasured:
    "Not the model's vector of a question, which takes 100 ms on Bedrock. The browser (Chromium, where there is one) runs on the same machine. No job writes meanwhile. CPU is OpenSearch's, for each request; it has both of Java's compilers and 2 GB of heap. The counts' cache is emptied before each request, as a job's writing empties it. Filling the index takes long, once: .local/bench-page-1 keeps it.",
  async run(scale) {
    // A short run shall take seconds, and filling takes nearly all of it.
    const sessions = Math.round(SESSIONS * scale ** 2);
    if (sessions >= LEAST_KEPT) return measured(KEPT, sessions);
    const folder = await temporaryFolder("bench-page");
    try {
      return await measured(folder.path, sessions);
    } finally {
      await folder.remove();
    }
  },
};

async function measured(dataDirectory: string, sessions: number): Promise<readonly Row[]> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const isSmall = sessions < LEAST_KEPT;
  const kept = isSmall ? 0 : await fillFolder(dataDirectory, sessions, say);
  const server = await startOpenSearch({ dataDirectory, ...SERVER });
  const openSearch = openSearchClient({
    endpoint: server.url,
    auth: { kind: "none" },
    requestTimeoutMs: 30_000,
  });
  const embed = (text: string) => Promise.resolve(vectorOf(text, DIMENSION, true));
  const deadLetters = { client: openSearch, index: deadLetterIndexOf(INDEX) };
  const served = await servePage({ openSearch, index: INDEX, embed, lexical: true, deadLetters }, { port: 0 });
  try {
    const { ask } = await reader(served.link);
    const emptyCache = () => fetch(`${server.url}/${INDEX}/_cache/clear?request=true`, { method: "POST" });
    const filled = isSmall ? await fillIndex(server.url, sessions, say) : kept;
    const [warmUp, requests] = isSmall ? [1, 5] : [WARM_UP, REQUESTS];
    const rows: Row[] = [];
    // Java compiles what many requests have needed, whichever group they are of.
    for (const group of GROUPS) {
      for (const address of addresses(group, warmUp, WARM_UP_SEED, filled)) await ask(address);
    }
    for (const group of GROUPS) {
      const tookMs: number[] = [];
      let cpuBeforeMs = 0;
      for (const [number, address] of addresses(group, warmUp + requests, SEED, filled).entries()) {
        if (number === warmUp) cpuBeforeMs = cpuMs(server.pid);
        await emptyCache();
        const startMs = performance.now();
        await ask(address);
        tookMs.push(performance.now() - startMs);
      }
      const ownCpuMs = (cpuMs(server.pid) - cpuBeforeMs) / requests;
      rows.push({ sessions: filled, ...rowOf(group.name, tookMs.slice(warmUp)), "CPU ms": round(ownCpuMs) });
    }
    const views = await firstViews(served.link, isSmall ? 1 : VIEWS, emptyCache);
    return [...rows, ...viewRows(filled, views)];
  } finally {
    await served.close();
    await openSearch.close();
    await server.stop();
  }
}

function viewRows(sessions: number, views: FirstViews | undefined): readonly Row[] {
  if (views === undefined) return [];
  return (["cold", "warm"] as const).flatMap((cache) => [
    {
      sessions,
      ...rowOf(
        `opened, ${cache}: first session shown`,
        views[cache].map(({ shownMs }) => shownMs),
      ),
    },
    {
      sessions,
      ...rowOf(
        `opened, ${cache}: a key taken`,
        views[cache].map(({ typedMs }) => typedMs),
      ),
    },
  ]);
}

function rowOf(name: string, tookMs: readonly number[]): Row {
  const at = (share: number): number => round(percentile(tookMs, share));
  return { request: name, requests: tookMs.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** CPU time of a process so far; 0 where there is no /proc. */
function cpuMs(pid: number): number {
  return process.platform === "linux" ? processStat(pid).cpuMs : 0;
}
