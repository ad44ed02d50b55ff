/** Runs the sink as the job has it, on the direct runner, or the client's own bulk helper. */
import { Client } from "@opensearch-project/opensearch";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { writeOpenSearch } from "../../../src/io/opensearch/sessions/write-documents";
import { documentId, sessionDocument } from "../../../src/chat/steps/documents/document";
import { planned } from "../../support/chat/planned";
import { runMeasuredPipeline } from "../harness/direct";
import { measure, measuredArgs, report } from "../harness/process";
import { jobSettings } from "../harness/settings";
import { embedded, generate } from "./generate";

export interface SinkArgs {
  readonly openSearch: string;
  readonly index: string;
  readonly how: "sink" | "helper";
  readonly documents: number;
}

const { openSearch, index, how, documents } = measuredArgs<SinkArgs>();
const { openSearch: settings, alerts } = jobSettings(["--opensearch-endpoint", openSearch, "--index", index]);

async function helper(): Promise<void> {
  const client = new Client({ node: openSearch });
  const ids = new WeakMap<object, string>();
  async function* datasource() {
    for (let at = 0; at < documents; at++) {
      const value = embedded(at);
      const [first] = planned(value).documents;
      const document = sessionDocument(first!, settings, Date.now());
      ids.set(document, documentId(value.part));
      yield document;
    }
  }
  const result = await client.helpers.bulk({
    index,
    datasource: datasource(),
    flushBytes: settings.bulk.maxBytes,
    concurrency: settings.bulk.maxConcurrentRequests,
    // The cast leaves out the index, which the type wants and the server refuses beside that of the address.
    onDocument: (document) => ({ index: { _id: ids.get(document as object)! } as { _id: string; _index: string } }),
  });
  if (result.successful !== documents) throw new Error(`${result.failed} documents failed`);
  await client.close();
}

async function run(): Promise<object> {
  await prepareOpenSearch(settings);
  if (how === "helper") return { ...(await measure(helper)), counters: {} };
  return runMeasuredPipeline(
    (root) =>
      void generate(root, "embedded", documents).apply(
        writeOpenSearch({ ...settings, gapMs: 300_000, alerts: { rules: alerts.rules } }),
      ),
  );
}

void run().then(report);
