/** A stage that waits for answers has an instance for each bundle under way: hundreds, in a worker of little memory. */
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { protoOf } from "../../src/beam";
import { openSpec } from "../../src/beam/authoring";
import { ASYNC_DO_FN_URN, TAGGED_DO_FN_URN } from "../../src/beam/authoring/urns";
import { doFnSpecOf } from "../../src/beam/operators/opening";
import { processScope } from "../../src/beam/operators/process-scope";
import { parDoPayload } from "../../src/beam/sdk/par-do";
import { readOptions } from "../../src/options";
import { buildPipeline } from "../../src/pipeline";
import { CountingMetrics } from "../support/opensearch/write-elements";

const INSTANCES = 50;
const MAX_KB = 50;
const NOBODY = "http://127.0.0.1:9";
const ENDPOINTS = ["kinesis", "bedrock", "opensearch"].flatMap((name) => [`--${name}-endpoint`, NOBODY]);
const FLAGS = [...ENDPOINTS, "--stream", "s", "--redact", "card,email,iban,phone", "--letters", "drop"];

/** Bytes on and beside the heap that something holds. */
async function heldBytes(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // Buffers are freed after the collection that found them unused.
  for (let round = 0; round < 3; round++) {
    collect();
    await new Promise(setImmediate);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe("The instances of a stage", () => {
  it("are small but for what they share", async () => {
    const settings = readOptions(FLAGS, {}).pipelineSettings({}, Date.now());
    const { components } = await protoOf((root) => buildPipeline(root, settings));
    const isInstanced = (urn = ""): boolean => urn === TAGGED_DO_FN_URN || urn === ASYNC_DO_FN_URN;
    const stages = Object.values(components?.transforms ?? {})
      .filter(({ spec }) => spec?.urn === "beam:transform:pardo:v1")
      .filter((transform) => isInstanced(parDoPayload(transform).doFn?.urn));
    assert.ok(stages.length > 15, `${stages.length} stages`);
    const sizes: Record<string, number> = {};
    for (const stage of stages) {
      const spec = doFnSpecOf(stage);
      const scope = processScope();
      const context = { metrics: new CountingMetrics(), stageName: spec.name, shared: scope };
      const instances: { readonly close?: () => unknown }[] = [await openSpec(spec, context)];
      const before = await heldBytes();
      for (let made = 0; made < INSTANCES; made++) instances.push(await openSpec(spec, context));
      sizes[spec.name] = Math.round(((await heldBytes()) - before) / INSTANCES / 1_024);
      for (const instance of instances) await instance.close?.();
      await scope.close();
    }
    const large = Object.entries(sizes).filter(([, kb]) => kb > MAX_KB);
    assert.deepEqual(large, [], "KiB for each instance");
  });
});
