import { randomUUID } from "node:crypto";
import { JobError } from "../../chat/errors";
import { ask } from "../../io/opensearch/requests/ask";
import { indexOperation } from "../../io/opensearch/requests/bulk";
import { openSearchClient, type OpenSearchAnswer, type OpenSearchClient } from "../../io/opensearch/requests/client";
import { checkCluster, refuseServerless } from "../../io/opensearch/indexes/cluster";
import { documentIndex } from "../../io/opensearch/indexes/mapping";
import { semanticSearch } from "../../io/opensearch/queries/query";
import { errorCause } from "../../io/opensearch/requests/error-cause";
import type { OpenSearchSettings } from "../../io/opensearch/settings";
import { examineTargets } from "./targets";
import { examineClock } from "./clock";
import { examine, type Finding, type Look, type Seen, skipped } from "./finding";

const DOCUMENT_ID = "doctor";

/**
 * Looks at the cluster as the job uses it: reads and asks the job's indexes, makes a scratch index beside the job's,
 * writes a document, reads, finds and deletes it, and deletes the index.
 */
export async function examineOpenSearch(
  settings: OpenSearchSettings,
  allowedDisorderMs: number,
): Promise<readonly Finding[]> {
  let aheadMs: number | undefined;
  const client = openSearchClient(settings.connection, false, (now) => (aheadMs = now));
  const index = `${settings.index}-doctor-${randomUUID().slice(0, 8)}`;
  try {
    const findings = await new Cluster(client, settings, index).examine();
    return [...findings, await examineClock("OpenSearch", aheadMs, allowedDisorderMs)];
  } finally {
    await client.close();
  }
}

class Cluster {
  private hasIcu = false;

  constructor(
    private readonly client: OpenSearchClient,
    private readonly settings: OpenSearchSettings,
    private readonly index: string,
  ) {}

  async examine(): Promise<readonly Finding[]> {
    const { index } = this;
    const cluster = await examine({ name: "opensearch: GET /", expected: "OpenSearch 2 or newer" }, () => this.facts());
    const steps: readonly (readonly [Look, () => Promise<Seen>])[] = [
      [{ name: `opensearch: create ${index}`, expected: "a k-NN index" }, () => this.create()],
      [{ name: "opensearch: write by _bulk", expected: "one document" }, () => this.write()],
      [{ name: "opensearch: read by _mget", expected: "the document, at once" }, () => this.read()],
      [{ name: "opensearch: search by vector", expected: "the document" }, () => this.search()],
      [{ name: "opensearch: delete the document", expected: "it is gone" }, () => this.deleteDocument()],
    ];
    const own = cluster.verdict === "ok" ? await examineTargets(this.client, this.settings, this.hasIcu) : [];
    const findings = [cluster];
    for (const [look, work] of steps) {
      const isPossible = findings.every(({ verdict }) => verdict === "ok");
      findings.push(isPossible ? await examine(look, work) : skipped(look, "what it builds on is wrong"));
    }
    const created = findings[1]?.verdict === "ok";
    const look = { name: `opensearch: delete ${index}`, expected: "nothing is left behind" };
    findings.push(created ? await examine(look, () => this.deleteIndex()) : skipped(look, "it was not created"));
    return [...findings, ...own];
  }

  private async facts(): Promise<Seen> {
    refuseServerless(this.settings.connection.endpoint);
    const { version, icu } = await checkCluster(this.client, this.settings);
    this.hasIcu = icu;
    return { found: `opensearch ${version}, ${icu ? "with" : "without"} analysis-icu`, facts: { version, icu } };
  }

  private async create(): Promise<Seen> {
    await this.ask("PUT", `/${this.index}`, documentIndex(this.settings, this.hasIcu));
    return { found: `an index of vectors of ${this.settings.dimension} numbers` };
  }

  private async write(): Promise<Seen> {
    const document = {
      userId: "doctor",
      summary: "a probe",
      embedding: this.vector(),
      start: new Date().toISOString(),
    };
    const lines = indexOperation(DOCUMENT_ID, JSON.stringify(document)).lines;
    const answer = await ask(this.client, this.index, { method: "POST", path: `/${this.index}/_bulk`, lines });
    const { items = [] } = refuse(answer).body as {
      items?: readonly { index?: { status?: number; result?: string; error?: { type?: string } } }[];
    };
    const { status = 0, result = "none", error } = items[0]?.index ?? {};
    const facts = { status, result };
    if (status === 201) return { found: "the document is stored", facts };
    return {
      found: error?.type ?? result,
      facts,
      cure: "Look at what changes or refuses writes: pipelines, blocks, roles.",
    };
  }

  private async read(): Promise<Seen> {
    const { body } = await this.ask("POST", `/${this.index}/_mget`, { ids: [DOCUMENT_ID] });
    const { docs = [] } = body as { docs?: readonly { found?: boolean }[] };
    if (docs[0]?.found === true) return { found: "it is there before any refresh" };
    return { found: "it is not there", cure: "Allow reading by _mget, and look at the cluster's health." };
  }

  private async search(): Promise<Seen> {
    await this.ask("POST", `/${this.index}/_refresh`);
    const { body } = await this.ask(
      "POST",
      `/${this.index}/_search`,
      semanticSearch(this.vector(), { inMessages: false }, 1),
    );
    const hits = (body as { hits?: { hits?: readonly { _id: string }[] } }).hits?.hits ?? [];
    if (hits[0]?._id === DOCUMENT_ID) return { found: "it is found" };
    return { found: "it is not found", cure: "Look at the k-NN plugin and the cluster's health." };
  }

  private async deleteDocument(): Promise<Seen> {
    await this.ask("DELETE", `/${this.index}/_doc/${DOCUMENT_ID}`);
    return { found: "it is" };
  }

  private async deleteIndex(): Promise<Seen> {
    const answer = await this.client.request({ method: "DELETE", path: `/${this.index}` });
    if (answer.status === 200) return { found: "nothing is" };
    const cure = `Delete the index ${this.index} by hand, and allow es:ESHttpDelete for the next time.`;
    return { found: `it stays (status ${answer.status})`, cure };
  }

  private vector(): number[] {
    return Array.from({ length: this.settings.dimension }, (_, place) => (place === 0 ? 1 : 0));
  }

  private async ask(method: "GET" | "PUT" | "POST" | "DELETE", path: string, json?: object): Promise<OpenSearchAnswer> {
    const request = { method, path, ...(json === undefined ? {} : { json }) };
    return refuse(await ask(this.client, this.index, request));
  }
}

function refuse(answer: OpenSearchAnswer): OpenSearchAnswer {
  if (answer.status < 300) return answer;
  const { type = "no type" } = errorCause(answer.body);
  throw new JobError("INDEX_UNSUPPORTED", `OpenSearch refuses it (status ${answer.status}, ${type}).`);
}
