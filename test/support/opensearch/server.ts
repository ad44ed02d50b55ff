/** A real OpenSearch with a folder of its own. */
import path from "node:path";
import { type OpenSearchClient, openSearchClient } from "../../../src/io/opensearch/requests/client";
import { openSearchSettings } from "../../../src/io/opensearch/settings";
import { startOpenSearch } from "../../../src/local/opensearch/launch";
import { temporaryFolder } from "../temporary-folder";

export interface TestOpenSearch {
  readonly url: string;
  readonly client: OpenSearchClient;
}

/** Runs a server for the tests of one `describe`. Hands it to `take` before the first of them. */
export function withOpenSearch(take: (server: TestOpenSearch) => void): void {
  let stop = async (): Promise<void> => undefined;
  before(async () => {
    const folder = await temporaryFolder("opensearch");
    stop = () => folder.remove();
    const server = await startOpenSearch({ dataDirectory: path.join(folder.path, "data") });
    const { url } = server;
    const { connection } = openSearchSettings({
      connection: { endpoint: url },
      index: "any",
      dimension: 1,
      stream: "any",
    });
    const client = openSearchClient(connection);
    stop = async () => {
      await client.close();
      await server.stop();
      await folder.remove();
    };
    take({ url, client });
  });
  after(() => stop());
}
