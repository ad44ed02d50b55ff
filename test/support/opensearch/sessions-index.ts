/** Makes and fills an index of sessions for tests that read it. */
import assert from "node:assert/strict";
import { BUILT_IN_RULES } from "../../../src/chat/alerts/rules";
import { rulesIn } from "../../../src/chat/alerts/rules-in";
import type { EmbeddedPart } from "../../../src/chat/model";
import { sessionDocument } from "../../../src/chat/steps/documents/document";
import type { OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { documentJson } from "../../../src/io/opensearch/writing/document-json";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { type OpenSearchSettings, openSearchSettings } from "../../../src/io/opensearch/settings";
import { planned } from "../chat/planned";
import { START_MS } from "./embedded-parts";

/** Makes the index "sessions". Resolves with its settings. */
export async function makeSessions(
  url: string,
  more: { readonly dimension: number; readonly attributes?: readonly string[]; readonly shards?: number },
): Promise<OpenSearchSettings> {
  const settings = openSearchSettings({ connection: { endpoint: url }, index: "sessions", stream: "chat", ...more });
  await prepareOpenSearch(settings);
  return settings;
}

/** Writes each part as it is, while the job joins those that lie within one gap. */
export async function writeAsTheyAre(
  client: OpenSearchClient,
  settings: OpenSearchSettings,
  parts: readonly EmbeddedPart[],
): Promise<void> {
  const alertsOf = rulesIn({ rules: BUILT_IN_RULES });
  const lines = parts.flatMap((part) => {
    const [document] = planned(part).documents;
    const json = documentJson(sessionDocument(document!, settings, START_MS, alertsOf(part)));
    return [JSON.stringify({ index: { _id: document!.id } }), json];
  });
  await writeLines(client, settings.index, lines);
}

/** Sends one bulk, whose documents can be found at once; each line is an action or a document as JSON. */
export async function writeLines(client: OpenSearchClient, index: string, lines: readonly string[]): Promise<void> {
  const body = Buffer.from(`${lines.join("\n")}\n`);
  const query = { refresh: true };
  const answer = await client.request({ method: "POST", path: `/${index}/_bulk`, query, lines: body });
  const { errors } = answer.body as { readonly errors: boolean };
  assert.equal(errors, false, JSON.stringify(answer.body).slice(0, 1_000));
}
