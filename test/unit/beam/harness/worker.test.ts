import assert from "node:assert/strict";
import { fromVarints } from "../../../../src/beam/harness/monitoring";
import { runWorker, type WorkerOptions } from "../../../../src/beam/harness/worker";
import { flatten, impulse, Root, withName } from "../../../../src/beam/sdk";
import { fnApi } from "../../../../src/beam/sdk/fn-api";
import { remote } from "../operators/fns";
import { FakeRunner, type FakeRunnerOptions } from "./fake-runner";
import { FakeStage, SOURCE } from "./fake-stage";
import { calls, evenOdd, number, repeat } from "./stages";
import { until } from "./worker-fixture";
import { elementsOf } from "../operators/stage-harness";

describe("a worker", () => {
  let runner: FakeRunner;
  let worker: Promise<void>;

  async function start(options: FakeRunnerOptions = {}, workerOptions: WorkerOptions = {}): Promise<void> {
    runner = await FakeRunner.start(options);
    worker = runWorker({ id: "worker-7", provisionEndpoint: runner.url }, workerOptions);
    worker.catch(() => undefined);
  }

  beforeEach(() => remote.reset());

  afterEach(async () => {
    runner.endWorker();
    await worker.catch(() => undefined);
    runner.kill();
  });

  it("runs bundles, with an end on every output and the bundle's metrics in the answer", async () => {
    await start();
    const stage = evenOdd(runner);
    const { values, response } = await stage.run([1, 2, 3]);
    assert.deepEqual(values("even"), [2]);
    assert.deepEqual(values("odd"), [1, 3]);
    const infos = response.monitoringInfos.map(({ urn, labels, payload }) => [
      urn,
      labels["NAME"] ?? "",
      fromVarints(payload),
    ]);
    assert.deepEqual(
      infos.find(([, name]) => name === "seen"),
      ["beam:metric:user:sum_int64:v1", "seen", [3]],
    );
    assert.deepEqual(infos.find(([, name]) => name === "values")?.[2], [3, 6, 1, 3]);
    const again = await stage.run([]);
    assert.deepEqual([...again.values("even"), ...again.values("odd")], []);
    assert.deepEqual(
      again.response.monitoringInfos.filter(({ labels }) => "NAME" in labels),
      [],
    );
    assert.equal(runner.descriptorRequests, 1);
    assert.deepEqual([...runner.workerIds], ["worker-7"]);
  });

  it("takes data that comes before the request, and data within the request", async () => {
    await start();
    const stage = evenOdd(runner);
    await stage.run([0]);
    const instructionId = runner.newInstructionId();
    await runner.send(instructionId, SOURCE, stage.encode([5]), true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const early = await stage.outcome(instructionId, await stage.begin(instructionId));
    assert.deepEqual(early.values("odd"), [5]);
    assert.deepEqual((await stage.run([7], { embedded: true })).values("odd"), [7]);
  });

  it("reads all sources of a stage, in whatever order their data comes, until the last one ends", async () => {
    await start();
    let second = "";
    const stage = new FakeStage<number>("flatten", runner, number, (input, pipeline) => {
      const other = elementsOf<number>(new Root(pipeline).apply(withName("second", impulse())));
      second = other.getId();
      const { pcollections } = pipeline.getProto().components!;
      pcollections[second]!.coderId = pipeline.getCoderId(number);
      const main = flatten([input, other]);
      pcollections[main.getId()]!.coderId = pipeline.getCoderId(number);
      return { main };
    });
    stage.addSource("fn/read/second", second);
    const instructionId = runner.newInstructionId();
    const answer = stage.begin(instructionId);
    await runner.send(instructionId, "fn/read/second", stage.encode([10]));
    await runner.send(instructionId, SOURCE, stage.encode([1]), true);
    await runner.send(instructionId, "fn/read/second", stage.encode([20]), true);
    const outcome = await stage.outcome(instructionId, await answer);
    assert.equal(outcome.error, "");
    assert.deepEqual(outcome.values("main"), [10, 1, 20]);
  });

  it("embeds outputs in the answer only when the runner takes them there", async () => {
    await start({ capabilities: ["beam:protocol:control_response_elements_embedding:v1"] });
    const stage = evenOdd(runner);
    const small = await stage.run([1, 2]);
    assert.equal(small.response.elements?.data.filter(({ isLast }) => isLast).length, 2);
    assert.deepEqual(small.values("even"), [2]);
    const large = await repeat(runner).run([1, 600_000, 1]);
    assert.equal(large.response.elements, undefined);
    assert.deepEqual(
      large.values("main").map((value) => String(value).length),
      [1, 600_000, 1],
    );
  });

  it("runs bundles of one stage concurrently and answers them in the order of their ends", async () => {
    await start();
    const stage = calls(runner);
    const ended: number[] = [];
    const bundles = [0, 1, 2].map(async (value) => {
      const outcome = await stage.run([value]);
      ended.push(value);
      return outcome.values("main");
    });
    await until(() => remote.calls.length === 3);
    for (const value of [2, 0, 1]) {
      remote.calls.find(({ values }) => values[0] === value)!.answer();
      await until(() => ended.includes(value));
    }
    assert.deepEqual(await Promise.all(bundles), [[0], [1], [2]]);
    assert.deepEqual(ended, [2, 0, 1]);
  });

  it("answers what it cannot do with an error: unknown kinds, stages and transforms", async () => {
    await start();
    const unknown = await runner.instruct({ oneofKind: undefined });
    assert.match(unknown.error, /does not know this kind of instruction/);
    const processBundle = fnApi.ProcessBundleRequest.create({ processBundleDescriptorId: "nothing" });
    const missing = await runner.instruct({ oneofKind: "processBundle", processBundle });
    assert.match(missing.error, /did not say what the bundle's stage is/);
    const stage = evenOdd(runner);
    // A worker must survive a stage whose operators it cannot make, and say so.
    const strange = Object.values(stage.descriptor.transforms).find(({ uniqueName }) => uniqueName === "EvenOdd");
    strange!.spec = { urn: "beam:transform:strange:v1", payload: new Uint8Array() };
    assert.match((await stage.run([1])).error, /The stage "EvenOdd" cannot run: No operator exists/);
  });

  it("asks for a descriptor again when it could not be had", async () => {
    await start();
    await calls(runner).run([]);
    const stage = evenOdd(runner);
    runner.descriptors.delete(stage.id);
    assert.notEqual((await stage.run([1])).error, "");
    runner.descriptors.set(stage.id, stage.descriptor);
    assert.deepEqual((await stage.run([1])).values("odd"), [1]);
  });

  it("takes registered descriptors, finalizes, and answers for the process", async () => {
    await start();
    const stage = evenOdd(runner);
    const register = { processBundleDescriptor: [stage.descriptor] };
    assert.equal((await runner.instruct({ oneofKind: "register", register })).error, "");
    await stage.run([1]);
    assert.equal(runner.descriptorRequests, 0);
    const finalizeBundle = { instructionId: "instruction-0" };
    const finalized = await runner.instruct({ oneofKind: "finalizeBundle", finalizeBundle });
    assert.deepEqual(finalized.response, { oneofKind: "finalizeBundle", finalizeBundle: {} });
    const harness = await runner.instruct({ oneofKind: "harnessMonitoringInfos", harnessMonitoringInfos: {} });
    assert(harness.response.oneofKind === "harnessMonitoringInfos");
    const { monitoringData } = harness.response.harnessMonitoringInfos;
    const meanings = await runner.instruct({
      oneofKind: "monitoringInfos",
      monitoringInfos: { monitoringInfoId: Object.keys(monitoringData) },
    });
    assert(meanings.response.oneofKind === "monitoringInfos");
    const { monitoringInfo } = meanings.response.monitoringInfos;
    const valueOf = (name: string): number | undefined => {
      const id = Object.keys(monitoringInfo).find((own) => monitoringInfo[own]?.labels["NAME"] === name);
      return fromVarints(monitoringData[id ?? ""] ?? new Uint8Array())[1];
    };
    assert.equal(valueOf("runningBundles"), 0);
    assert.ok((valueOf("residentBytes") ?? 0) > (valueOf("heapBytes") ?? Infinity));
  });

  it("names its metrics by short ids when the runner knows them", async () => {
    await start({ capabilities: ["beam:protocol:monitoring_info_short_ids:v1"] });
    const stage = evenOdd(runner);
    const { response } = await stage.run([1, 2]);
    assert.deepEqual(response.monitoringInfos, []);
    const ids = Object.keys(response.monitoringData);
    const { response: meanings } = await runner.instruct({
      oneofKind: "monitoringInfos",
      monitoringInfos: { monitoringInfoId: [...ids, "unknown"] },
    });
    assert(meanings.oneofKind === "monitoringInfos");
    const { monitoringInfo } = meanings.monitoringInfos;
    assert.deepEqual(Object.keys(monitoringInfo).sort(), [...ids].sort());
    const seen = ids.find((id) => monitoringInfo[id]?.labels["NAME"] === "seen");
    assert.deepEqual(fromVarints(response.monitoringData[seen!]!), [2]);
    assert.deepEqual(Object.keys((await stage.run([3, 4])).response.monitoringData).sort(), [...ids].sort());
  });

  it("tells the progress of a running bundle without disturbing it", async () => {
    await start();
    const stage = calls(runner, 2);
    const instructionId = runner.newInstructionId();
    const answer = stage.begin(instructionId);
    await runner.send(instructionId, SOURCE, stage.encode([1, 2, 3, 4]), true);
    await until(() => remote.calls.length === 2);
    const processBundleProgress = { instructionId };
    const asked = await runner.instruct({ oneofKind: "processBundleProgress", processBundleProgress });
    assert(asked.response.oneofKind === "processBundleProgress");
    const infos = asked.response.processBundleProgress.monitoringInfos;
    const readIndex = infos.find(({ urn }) => urn === "beam:metric:data_channel:read_index:v1");
    assert.deepEqual(readIndex?.labels, { PTRANSFORM: SOURCE });
    const [index] = fromVarints(readIndex.payload);
    assert(index! >= 1 && index! < 3, `read index ${index}`);
    remote.automatic = () => 0;
    for (const call of remote.calls) call.answer();
    const { response, values } = await stage.outcome(instructionId, await answer);
    assert.deepEqual([...values("main")].sort(), [1, 2, 3, 4]);
    const counts = response.monitoringInfos.filter(({ urn }) => urn === "beam:metric:element_count:v1");
    assert.deepEqual(
      counts.map(({ payload }) => fromVarints(payload)),
      [[4], [4]],
    );
    const later = await runner.instruct({ oneofKind: "processBundleProgress", processBundleProgress });
    assert.equal(later.error, "");
  });

  it("tears down operators that have been idle for long, and makes new ones when they are needed", async () => {
    await start({}, { idleMs: 30 });
    const stage = calls(runner);
    remote.automatic = () => 0;
    await Promise.all([stage.run([1]), stage.run([2])]);
    await until(() => remote.torndown >= 1);
    assert.deepEqual((await stage.run([3])).values("main"), [3]);
  });

  it("tears its operators down when the runner ends it", async () => {
    await start();
    const stage = calls(runner);
    remote.automatic = () => 0;
    await stage.run([1]);
    runner.endWorker();
    await worker;
    assert.equal(remote.torndown, 1);
  });

  it("keeps what instances share for as long as it lives, and closes it at its end", async () => {
    await start({}, { idleMs: 30 });
    const stage = calls(runner);
    remote.automatic = () => 0;
    await Promise.all([stage.run([1]), stage.run([2])]);
    await until(() => remote.torndown >= 1);
    await stage.run([3]);
    assert.deepEqual([remote.sharedOpened, remote.sharedClosed], [1, 0]);
    runner.endWorker();
    await worker;
    assert.deepEqual([remote.sharedOpened, remote.sharedClosed], [1, 1]);
  });

  it("ends when the runner ends it", async () => {
    await start();
    await evenOdd(runner).run([1]);
    runner.endWorker();
    await worker;
  });

  it("ends with an error when the runner is gone, also in the middle of a bundle", async () => {
    await start();
    const stage = calls(runner);
    void stage.run([1]);
    await until(() => remote.calls.length === 1);
    runner.kill();
    await assert.rejects(worker, /stream to the runner broke/);
  });

  it("fails its bundles and ends when the data stream alone breaks", async () => {
    await start();
    const stage = evenOdd(runner);
    await stage.run([1]);
    const answer = stage.begin(runner.newInstructionId());
    runner.data!.end();
    assert.match((await answer).error, /data stream to the runner broke/);
    await assert.rejects(worker, /data stream to the runner broke/);
  });

  it("says at once when there is no runner", async () => {
    await start();
    const provisionEndpoint = runner.url;
    runner.endWorker();
    await worker;
    runner.kill();
    await assert.rejects(runWorker({ id: "late", provisionEndpoint }), /got no settings from the runner/);
  });
});
