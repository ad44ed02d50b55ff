import assert from "node:assert/strict";
import { freePort } from "../../../src/beam/process";
import { isFatal } from "../../support/chat/fatal";
import { startFaultProxy } from "../../support/faults/fault-proxy";
import { openSearchUnavailable, type RequestFacts } from "../../support/faults/answers";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";
import { embeddedPart } from "../../support/opensearch/embedded-parts";
import { documentsHarness } from "../../support/opensearch/write-elements";
import { openSearchClient } from "../../../src/io/opensearch/requests/client";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { openSearchSettings, type OpenSearchSettings } from "../../../src/io/opensearch/settings";
import { type RunningOpenSearch, startOpenSearch } from "../../../src/local/opensearch/launch";

const DIMENSION = 1_536;

/** Each test has a server of its own, because it is killed, starved or restarted. */
describe("trouble with OpenSearch", function () {
  this.timeout(180_000);
  let folder: string;
  let server: RunningOpenSearch | undefined;

  beforeEach(async () => {
    folder = makeFolder("opensearch-trouble");
  });

  afterEach(async () => {
    await server?.stop();
    await removeFolder(folder);
  });

  function settings(endpoint: string, maxRetryDurationMs?: number): OpenSearchSettings {
    return openSearchSettings({
      connection: { endpoint, requestTimeoutMs: 30_000 },
      index: "trouble",
      dimension: DIMENSION,
      stream: "chat",
      bulk: { maxBytes: 1_000_000, ...(maxRetryDurationMs === undefined ? {} : { maxRetryDurationMs }) },
    });
  }

  async function documents(endpoint: string): Promise<number> {
    const client = openSearchClient(settings(endpoint).connection);
    await client.request({ method: "POST", path: "/trouble/_refresh" });
    const { body } = await client.request({ method: "GET", path: "/trouble/_count" });
    await client.close();
    return (body as { count: number }).count;
  }

  it("is waited out when the server is killed and comes back: nothing lost, nothing twice", async () => {
    const port = await freePort();
    server = await startOpenSearch({ dataDirectory: folder, port });
    const { url } = server;
    await prepareOpenSearch(settings(url));
    const write = await documentsHarness(settings(url));
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 50 }, (_, index) => embeddedPart(batch * 50 + index, DIMENSION)),
    );
    let done = 0;
    let back = Promise.resolve();
    const retries = (): number => write.metrics.values.get("retries") ?? 0;
    const kill = async (): Promise<void> => {
      const { pid, ended } = server!;
      process.kill(pid, "SIGKILL");
      await ended;
      back = startOpenSearch({ dataDirectory: folder, port }).then((own) => void (server = own));
    };
    const killed = (async () => {
      while (done < 5) await new Promise((tick) => setTimeout(tick, 5));
      await kill();
    })();
    const ids = new Set<string>();
    for (const batch of batches) {
      const { written, deadLetters, ids: own } = await write.call(batch);
      assert.equal(deadLetters.length, 0);
      assert.equal(written.length, batch.length);
      for (const id of own) ids.add(id);
      done++;
      if (done !== 10) continue;
      // Later batches meet a server that is away, however fast the first ones were.
      await killed;
      if (retries() > 0) continue;
      // A call that was reading when the server went counts no retries. The next one begins with a write.
      await back;
      await kill();
    }
    await back;
    assert.equal(ids.size, 1_000);
    assert.equal(await documents(url), 1_000);
    assert.ok(retries() > 0, "the server was away while documents were written");
    await write.close();
  });

  it("gives up after the time it was given", async () => {
    server = await startOpenSearch({ dataDirectory: folder });
    const { url } = server;
    await prepareOpenSearch(settings(url));
    await server.stop();
    const write = await documentsHarness(settings(url, 300));
    await assert.rejects(write.call([embeddedPart(1, DIMENSION)]), isFatal("PIPELINE", /did not (take|give)/));
    await write.close();
  });

  it("ends its waiting when it is torn down", async () => {
    server = await startOpenSearch({ dataDirectory: folder });
    const { url } = server;
    await server.stop();
    const write = await documentsHarness(settings(url));
    const call = write.call([embeddedPart(1, DIMENSION)]);
    setTimeout(() => void write.close(), 300);
    await assert.rejects(call, { name: "AbortError" });
  });

  it("is waited out when a circuit breaker opens", async () => {
    server = await startOpenSearch({ dataDirectory: folder, heapMb: 256 });
    const { url } = server;
    await prepareOpenSearch(settings(url));
    const client = openSearchClient(settings(url).connection);
    const limitRequests = (limit: string | null) =>
      client.request({
        method: "PUT",
        path: "/_cluster/settings",
        json: { transient: { "network.breaker.inflight_requests.limit": limit } },
      });
    // The limit is so low that no bulk request fits: the server answers each with a circuit_breaking_exception.
    assert.equal((await limitRequests("20kb")).status, 200);
    const write = await documentsHarness(settings(url));
    const call = write.call(Array.from({ length: 60 }, (_, index) => embeddedPart(index, DIMENSION)));
    while ((write.metrics.values.get("retries") ?? 0) === 0) await new Promise((tick) => setTimeout(tick, 20));
    assert.equal((await limitRequests(null)).status, 200);
    const { written, deadLetters } = await call;
    assert.deepEqual([written.length, deadLetters.length], [60, 0]);
    assert.equal(await documents(url), 60);
    await write.close();
    await client.close();
  });

  it("is no misfit at the start when it passes", async () => {
    server = await startOpenSearch({ dataDirectory: folder });
    const proxy = await startFaultProxy(server.url);
    try {
      const isUnreachable = isFatal(
        "SERVICE_UNREACHABLE",
        /cannot do its work just now \(status 503, cluster_block_exception\)/,
      );
      for (const path of [/^\/$/, /_mapping/]) {
        const matches = ({ path: asked }: RequestFacts): boolean => path.test(asked);
        proxy.setRule({ matches, fraction: 1, faults: [openSearchUnavailable] });
        await assert.rejects(prepareOpenSearch(settings(proxy.url)), isUnreachable);
      }
    } finally {
      await proxy.close();
    }
  });

  it("that outlasts the start is made up for by the first write: the index is as it must be", async () => {
    server = await startOpenSearch({ dataDirectory: folder });
    const proxy = await startFaultProxy(server.url);
    try {
      proxy.setRule({ matches: ({ path }) => path === "/", fraction: 1, faults: [openSearchUnavailable] });
      const write = await documentsHarness({ ...settings(proxy.url), isUnprepared: true });
      const call = write.call([embeddedPart(1, DIMENSION)]);
      await until("it was tried", () => proxy.faultCount() > 1);
      proxy.setRule(undefined);
      const { written, deadLetters } = await call;
      assert.deepEqual([written.length, deadLetters.length], [1, 0]);
      await prepareOpenSearch(settings(server.url));
      await write.close();
    } finally {
      await proxy.close();
    }
  });

  it("is said in one sentence at the start", async () => {
    await assert.rejects(
      prepareOpenSearch(settings("http://127.0.0.1:1")),
      isFatal("SERVICE_UNREACHABLE", /127\.0\.0\.1:1 does not answer/),
    );
    await assert.rejects(
      prepareOpenSearch(settings("https://abc.us-east-1.aoss.amazonaws.com")),
      isFatal("INDEX_UNSUPPORTED", /ids of one's own/),
    );
  });
});
