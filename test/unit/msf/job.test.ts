import assert from "node:assert/strict";
import { managedPipelineOptions } from "../../../src/beam/flink/flink-options";
import { type JobError } from "../../../src/chat/errors";
import { managedJob, workerHeapMb } from "../../../runners/msf/job-manager/job";
import { isFatal } from "../../support/chat/fatal";

/** Memory of a KPU beside the Java heap. */
const NATIVE_MB = 1_024;

const NOBODY = "http://127.0.0.1:1";
const CHECKS_LIMIT_MS = 30_000;

/** The file of runtime properties, with services that are away. */
function propertiesFile(more: Readonly<Record<string, string>> = {}): string {
  const endpoints = { "kinesis-endpoint": NOBODY, "bedrock-endpoint": NOBODY, "opensearch-endpoint": NOBODY };
  const properties = { stream: "chat", region: "us-east-1", ...endpoints, ...more };
  return JSON.stringify([{ PropertyGroupId: "ChatSessions", PropertyMap: properties }]);
}

describe("the job on the managed service", () => {
  it("starts while services are away, as it may after a restart, and says which", async function () {
    this.timeout(CHECKS_LIMIT_MS);
    const warnings: JobError[] = [];
    const { pipeline, options } = await managedJob(propertiesFile(), (error) => void warnings.push(error));
    assert.deepEqual(
      warnings.map(({ code, message }) => `${code}: ${message.split(" ")[0]}`).toSorted(),
      ["Bedrock", "Kinesis", "OpenSearch"].map((service) => `SERVICE_UNREACHABLE: ${service}`),
    );
    assert.equal(options["beam:option:sdk_worker_parallelism:v1"], 1, "a KPU has one processor");
    assert.ok(Buffer.from(pipeline, "base64").includes("isUnprepared"), "the indexes are prepared by the first write");
  });

  it("does not start with what waiting cannot mend, even then", async function () {
    this.timeout(CHECKS_LIMIT_MS);
    const serverless = propertiesFile({ "opensearch-endpoint": "https://abc.us-east-1.aoss.amazonaws.com" });
    await assert.rejects(
      managedJob(serverless, () => undefined),
      isFatal("INDEX_UNSUPPORTED", /Serverless/),
    );
  });

  it("leaves half of a KPU's native memory to RocksDB and Java, whatever the number of workers", () => {
    for (const workers of [1, 2]) {
      const heapMb = workerHeapMb(workers);
      assert.ok(heapMb >= 96);
      assert.ok((heapMb + 130) * workers <= NATIVE_MB / 2);
    }
  });

  it("refuses more workers than fit", () => {
    for (const workers of [3, 16]) assert.throws(() => workerHeapMb(workers), /sdk-workers must be 2 at most/);
  });

  it("says nothing of what the service sets", () => {
    const options = managedPipelineOptions({ workers: 1, maxBundleElements: 10, maxBundleMs: 20 });
    const { finishBundleBeforeCheckpointing, streaming } = options;
    assert.deepEqual(
      { finishBundleBeforeCheckpointing, streaming },
      { finishBundleBeforeCheckpointing: true, streaming: true },
    );
    const owned = /parallelism$|checkpoint(?!ing$)|stateBackend|savepoint|retries|restart/i;
    const set = Object.keys(options).filter((name) => owned.test(name) && name !== "sdkWorkerParallelism");
    assert.deepEqual(set, []);
  });
});
