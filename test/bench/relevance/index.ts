import { type EmbeddingModel, embeddingModel } from "../../../src/io/bedrock/settings";
import { embedText } from "../../../src/io/bedrock/embed-text";
import { openSearchClient } from "../../../src/io/opensearch/requests/client";
import { searchSessions } from "../../../src/io/opensearch/searching/search";
import type { SearchMode } from "../../../src/io/opensearch/queries/search-mode";
import { useMadeUpCredentials } from "../../../src/local/credentials";
import { startServices } from "../../../src/local/services";
import type { VectorKind } from "../../../src/local/vectors";
import { command } from "../../support/processes/npm";
import { temporaryFolder } from "../../support/temporary-folder";
import { type Benchmark, type Row, round } from "../harness/benchmark";
import { ndcg } from "./ndcg";
import { QUERIES, type Query } from "./queries";

const DEPTH = 10;
const INDEX = "chat-sessions";
const MODES = ["keyword", "semantic", "hybrid"] as const satisfies readonly SearchMode[];
const KINDS = ["words", "words and meanings"] as const satisfies readonly VectorKind[];
const MAX_DOCUMENTS = 1_000;

export const relevance: Benchmark = {
  name: "relevance",
  title: `Search of the sample chat: nDCG@${DEPTH} of ${QUERIES.length} questions with known right sessions`,
  notMeasured:
    "The embedded Bedrock's vectors, not Titan's; summaries made by rules; 24 kinds of sessions, so figures compare modes and say little of a real index.",
  async run(scale) {
    const queries = QUERIES.slice(0, Math.max(3, Math.round(QUERIES.length * scale)));
    const rows: Row[] = [];
    for (const kind of scale < 1 ? (["words"] as const) : KINDS) rows.push(...(await judged(kind, queries)));
    return rows;
  },
};

/** Indexes the sample with vectors of this kind, and searches it in every mode. */
async function judged(kind: VectorKind, queries: readonly Query[]): Promise<readonly Row[]> {
  const folder = await temporaryFolder("relevance");
  const encoder = kind === "words" ? "--no-local-encoder" : "--local-encoder";
  try {
    const flags = ["--once", "--no-progress", "--local-bedrock-latency", "0ms", "--data-dir", folder.path, encoder];
    const { exitCode, stderr } = await command(flags).ended;
    if (exitCode !== 0) throw new Error(`the sample was not indexed: ${stderr.slice(-1_000)}`);
    return await searched(folder.path, kind, queries);
  } finally {
    await folder.remove();
  }
}

async function searched(dataDirectory: string, kind: VectorKind, queries: readonly Query[]): Promise<readonly Row[]> {
  useMadeUpCredentials();
  const details = { region: "us-east-1", stream: "", sessionGapMs: 0, index: INDEX, deadLetterIndex: "none" };
  const plan = { dataDirectory, kinesis: false, bedrock: true, opensearch: true, bedrockLatencyMs: 0, details };
  const services = await startServices(plan, () => undefined);
  const client = openSearchClient({
    endpoint: services.endpoints.opensearch ?? "",
    auth: { kind: "none" },
    requestTimeoutMs: 30_000,
  });
  try {
    const texts = await textsById(services.endpoints.opensearch ?? "");
    const model = embeddingModel("amazon.titan-embed-text-v1");
    const embed = (text: string) => embedLocally(services.endpoints.bedrock ?? "", model, text);
    const rows: Row[] = [];
    for (const mode of MODES) {
      const scores: number[] = [];
      for (const { text, right } of queries) {
        const answers = new Set(
          [...texts].filter(([, said]) => right.some((own) => said.includes(own))).map(([id]) => id),
        );
        if (answers.size === 0) throw new Error(`No session of the sample answers "${text}".`);
        const { hits } = await searchSessions(client, INDEX, { text, mode, limit: DEPTH }, embed);
        scores.push(
          ndcg(
            hits.map(({ id }) => id),
            answers,
            DEPTH,
          ),
        );
      }
      const mean = scores.reduce((sum, each) => sum + each, 0) / scores.length;
      rows.push({
        vectors: kind,
        mode,
        questions: queries.length,
        [`nDCG@${DEPTH}`]: round(mean, 3),
        "nothing right": scores.filter((score) => score === 0).length,
      });
    }
    return rows;
  } finally {
    await client.close();
    await services.stop();
  }
}

function embedLocally(endpoint: string, model: EmbeddingModel, text: string): Promise<readonly number[]> {
  const bedrock = { region: "us-east-1", endpoint, maxConcurrentCalls: 1, requestTimeoutMs: 30_000 };
  return embedText({ bedrock, model }, text);
}

interface Found {
  readonly hits: {
    readonly hits: readonly {
      readonly _id: string;
      readonly _source: { readonly messages: readonly { readonly content: string }[] };
    }[];
  };
}

/** Reads the messages' text of each document. */
async function textsById(openSearch: string): Promise<ReadonlyMap<string, string>> {
  await fetch(`${openSearch}/${INDEX}/_refresh`, { method: "POST" });
  const answer = await fetch(`${openSearch}/${INDEX}/_search?size=${MAX_DOCUMENTS}&_source=messages.content`);
  const { hits } = ((await answer.json()) as Found).hits;
  return new Map(
    hits.map(({ _id, _source: { messages } }) => [_id, messages.map(({ content }) => content).join("\n")]),
  );
}
