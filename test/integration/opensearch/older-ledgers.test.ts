/** Ledgers that an older version made: the doctor looks at them as they are, and a start adds what they lack. */
import assert from "node:assert/strict";
import { examineTargets } from "../../../src/cli/doctor/targets";
import { type IndexDefinition, ledgerIndex } from "../../../src/io/opensearch/indexes/mapping";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import type { OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { openSearchSettings } from "../../../src/io/opensearch/settings";
import { withOpenSearch } from "../../support/opensearch/server";

describe("ledgers of an older version", function () {
  this.timeout(120_000);
  let url: string;
  let client: OpenSearchClient;
  withOpenSearch((server) => ({ url, client } = server));

  it("are fit for the doctor, and get the fields that they lack at the start", async () => {
    const connection = { endpoint: url };
    const settings = openSearchSettings({ connection, index: "older", dimension: 256, stream: "chat" });
    const whole = ledgerIndex(settings);
    const { unlistedUntil, ...older } = whole.mappings.properties;
    const json = { ...whole, mappings: { ...whole.mappings, properties: older } };
    await client.request({ method: "PUT", path: `/${settings.ledgerIndex}`, json });
    const wrong = (await examineTargets(client, settings, false)).filter(({ verdict }) => verdict !== "ok");
    assert.deepEqual(wrong, []);
    await prepareOpenSearch(settings);
    const { body } = await client.request({ method: "GET", path: `/${settings.ledgerIndex}/_mapping` });
    const { mappings } = (body as Record<string, { mappings: IndexDefinition["mappings"] }>)[settings.ledgerIndex]!;
    assert.deepEqual(mappings.properties, { ...older, unlistedUntil });
  });
});
