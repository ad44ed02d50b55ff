/** A real OpenSearch with indexes that someone else than the job made, for the tests of the suite around it. */
import assert from "node:assert/strict";
import { type OpenSearchClient, openSearchClient } from "../../../src/io/opensearch/requests/client";
import { documentIndex } from "../../../src/io/opensearch/indexes/mapping";
import { openSearchSettings, type OpenSearchSettings } from "../../../src/io/opensearch/settings";
import { type RunningOpenSearch, startOpenSearch } from "../../../src/local/opensearch/launch";
import { temporaryFolder, type TemporaryFolder } from "../temporary-folder";
import { documentsHarness } from "./write-elements";

/** That of the default embedding model. */
export const DIMENSION = 1_536;
/** Instead of the ten seconds of a job. */
const MAX_FAILING_MS = 300;

export class GivenIndexes {
  constructor(
    private readonly url: string,
    readonly client: OpenSearchClient,
  ) {}

  settings(index: string, change: Partial<OpenSearchSettings> = {}): OpenSearchSettings {
    const connection = { endpoint: this.url };
    const bulk = { maxFailingMs: MAX_FAILING_MS };
    return { ...openSearchSettings({ connection, index, dimension: DIMENSION, stream: "chat", bulk }), ...change };
  }

  /** Sends a request that must succeed. */
  async put(path: string, json: object, method: "PUT" | "POST" = "PUT"): Promise<void> {
    const { status, body } = await this.client.request({ method, path, json });
    assert.ok(status < 300, JSON.stringify(body));
  }

  async delete(index: string): Promise<void> {
    assert.equal((await this.client.request({ method: "DELETE", path: `/${index}` })).status, 200);
  }

  /** The body of an index as the job makes it, without its mark, with these settings besides. */
  body(extra: Record<string, unknown> = {}) {
    const { settings, mappings } = documentIndex(this.settings("any"), false);
    return { settings: { ...settings, ...extra }, mappings: { ...mappings, _meta: {} } };
  }

  async count(index: string): Promise<number> {
    await this.client.request({ method: "POST", path: `/${index}/_refresh` });
    const { body } = await this.client.request({ method: "GET", path: `/${index}/_count` });
    return (body as { count: number }).count;
  }

  writer(settings: OpenSearchSettings) {
    return documentsHarness(settings);
  }
}

export function givenIndexes(): () => GivenIndexes {
  let folder: TemporaryFolder;
  let server: RunningOpenSearch;
  let given: GivenIndexes;
  before(async () => {
    folder = await temporaryFolder("given-indexes");
    server = await startOpenSearch({ dataDirectory: folder.path });
    const connection = { endpoint: server.url, auth: { kind: "none" }, requestTimeoutMs: 60_000 } as const;
    given = new GivenIndexes(server.url, openSearchClient(connection));
  });
  after(async () => {
    await given?.client.close();
    await server?.stop();
    await folder.remove();
  });
  return () => given;
}
