/** A stage that waits for answers has an instance for each bundle under way: hundreds, in a worker of little memory. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { protoOf, type Root } from "../../src/beam";
import { openSpec } from "../../src/beam/authoring";
import { ASYNC_DO_FN_URN, TAGGED_DO_FN_URN } from "../../src/beam/authoring/urns";
import { doFnSpecOf } from "../../src/beam/operators/opening";
import { processScope } from "../../src/beam/operators/process-scope";
import { parDoPayload } from "../../src/beam/sdk/par-do";
import { readOptions } from "../../src/options";
import { buildPipeline, type PipelineSettings } from "../../src/pipeline";
import { buildRedrive } from "../../src/redrive";
import { buildRenewal } from "../../src/renew";
import { buildCopies } from "../../src/renew-vectors";
import { CountingMetrics } from "../support/opensearch/write-elements";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder";

const INSTANCES = 50;
/** Of one instance of each of some 25 stages together. */
const MAX_KB = 400;
const NOBODY = "http://127.0.0.1:9";
const ENDPOINTS = ["kinesis", "bedrock", "opensearch", "eventbridge"].flatMap((name) => [`--${name}-endpoint`, NOBODY]);
const FLAGS = [
  ...[...ENDPOINTS, "--stream", "s", "--redact", "card,email,iban,phone", "--pseudonymise-users", "--letters", "drop"],
  ...["--alert-webhook", NOBODY, "--alert-bus", "bus"],
];

/** Each pipeline that has stages of its own, with one of them. */
const PIPELINES: Readonly<Record<string, (root: Root, settings: PipelineSettings) => void>> = {
  writeOpenSearch: buildPipeline,
  readDeadLetters: (root, settings) => buildRedrive(root, [], settings),
  readDocuments: (root, settings) => buildRenewal(root, [], settings),
  writeCopies: (root, settings) => buildCopies(root, { from: "a", to: "b" }, [], "anew", settings),
};

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
  let folder: TemporaryFolder;
  let settings: PipelineSettings;
  const stages = new Map<string, ReturnType<typeof doFnSpecOf>>();

  before(async () => {
    folder = await temporaryFolder("instances");
    const key = path.join(folder.path, "key");
    writeFileSync(key, randomBytes(64));
    const keys = ["--redact-key-file", key, "--alert-webhook-key", key];
    settings = readOptions([...FLAGS, ...keys], {}).pipelineSettings({}, Date.now());
    for (const build of Object.values(PIPELINES)) {
      const { components } = await protoOf((root) => build(root, settings));
      for (const transform of Object.values(components?.transforms ?? {})) {
        if (transform.spec?.urn !== "beam:transform:pardo:v1") continue;
        const urn = parDoPayload(transform).doFn?.urn;
        if (urn !== TAGGED_DO_FN_URN && urn !== ASYNC_DO_FN_URN) continue;
        const spec = doFnSpecOf(transform);
        stages.set(spec.name, spec);
      }
    }
  });
  after(() => folder.remove());

  it("are small but for what they share", async () => {
    for (const name of ["sendWebhook", "putEvents", ...Object.keys(PIPELINES)]) assert.ok(stages.has(name), name);
    const times: [name: string, ms: number][] = [];
    const scopes: ReturnType<typeof processScope>[] = [];
    const instances: { readonly close?: () => unknown }[] = [];
    const open: (() => Promise<void>)[] = [];
    // The first of each makes what all of them share.
    for (const [name, spec] of stages) {
      const scope = processScope();
      scopes.push(scope);
      const context = { metrics: new CountingMetrics(), stageName: name, shared: scope };
      instances.push(await openSpec(spec, context));
      open.push(async () => {
        const startMs = performance.now();
        for (let made = 0; made < INSTANCES; made++) instances.push(await openSpec(spec, context));
        times.push([name, (performance.now() - startMs) / INSTANCES]);
      });
    }
    const before = await heldBytes();
    for (const openStage of open) await openStage();
    const kb = Math.round(((await heldBytes()) - before) / INSTANCES / 1_024);
    for (const instance of instances) await instance.close?.();
    for (const scope of scopes) await scope.close();
    times.sort(([, a], [, b]) => b - a);
    const slowest = times.slice(0, 3).map(([name, ms]) => `${name} ${ms.toFixed(2)} ms`);
    console.log(`      the slowest to open: ${slowest.join(", ")}`);
    assert.ok(kb < MAX_KB, `${kb} KiB for one instance of each stage`);
  });
});
