import assert from "node:assert/strict";
import { Writer } from "protobufjs";
import { SideInputCache } from "../../../../src/beam/harness/side-inputs";
import { CoderContext, impulse, iterableSideInput, type PCollection, Root, withName } from "../../../../src/beam/sdk";
import type { fnApi } from "../../../../src/beam/sdk/fn-api";
import type { FakeRunner } from "./fake-runner";
import { FakeStage } from "./fake-stage";
import { number } from "./stages";
import { WorkerFixture } from "./worker-fixture";
import { elementsOf } from "../operators/stage-harness";

/** Adds up the side input's numbers for each element. */
function summing(runner: FakeRunner): FakeStage<number> {
  return new FakeStage("summing", runner, number, (input, pipeline) => {
    const side = elementsOf<number>(new Root(pipeline).apply(withName("numbers", impulse())));
    pipeline.getProto().components!.pcollections[side.getId()]!.coderId = pipeline.getCoderId(number);
    const context = { numbers: iterableSideInput(side) };
    const sum = (element: number, { numbers }: { numbers: { lookup(): Iterable<number> } }) => {
      let sum = element;
      for (const value of numbers.lookup()) sum += value;
      return sum;
    };
    const main: PCollection<number> = input.map(withName("sum", sum), context);
    pipeline.getProto().components!.pcollections[main.getId()]!.coderId = pipeline.getCoderId(number);
    return { main };
  });
}

function encoded(values: readonly number[]): Uint8Array {
  const writer = Writer.create();
  for (const value of values) number.encode(value, writer, CoderContext.needsDelimiters);
  return writer.finish();
}

/** Serves `bytes` in pages of `pageBytes`; a page ends anywhere, within a number too. */
function serve(runner: FakeRunner, bytes: () => Uint8Array, pageBytes: number): void {
  runner.onState = ({ request }) => {
    assert(request.oneofKind === "get");
    const from = Number(Buffer.from(request.get.continuationToken).toString() || "0");
    const to = from + pageBytes;
    const continuationToken = to < bytes().length ? Buffer.from(String(to)) : new Uint8Array();
    return {
      error: "",
      response: { oneofKind: "get", get: { data: bytes().subarray(from, to), continuationToken } },
    };
  };
}

function tokenFor(stage: FakeStage<number>, token: string): fnApi.ProcessBundleRequest_CacheToken {
  const [transformId, transform] = Object.entries(stage.descriptor.transforms).find(
    ([, { inputs }]) => Object.keys(inputs).length === 2,
  )!;
  const sideInputId = Object.keys(transform.inputs).find((id) => transform.inputs[id] !== stage.harness.inputId)!;
  return { type: { oneofKind: "sideInput", sideInput: { transformId, sideInputId } }, token: Buffer.from(token) };
}

describe("a worker's side inputs", () => {
  const fixture = new WorkerFixture();
  afterEach(() => fixture.stop());

  it("come in pages, once in a bundle", async () => {
    const runner = await fixture.start();
    const stage = summing(runner);
    const bytes = encoded([100, 20, 3]);
    serve(runner, () => bytes, 2);
    const instructionId = runner.newInstructionId();
    const { error, values } = await stage.run([1_000, 2_000], { instructionId });
    assert.equal(error, "");
    assert.deepEqual(values("main"), [1_123, 2_123]);
    assert.equal(runner.stateRequests.length, Math.ceil(bytes.length / 2));
    assert.deepEqual([...new Set(runner.stateRequests.map((request) => request.instructionId))], [instructionId]);
  });

  it("are asked for with the worker's token, as all that it calls its runner for", async () => {
    for (const token of ["secret", undefined]) {
      const runner = await fixture.start({}, {}, token);
      serve(runner, () => encoded([1]), 1_000);
      await summing(runner).run([0]);
      await runner.until(() => runner.authorizations.size === 6);
      const said = token === undefined ? undefined : `Bearer ${token}`;
      assert.deepEqual([...new Set(runner.authorizations.values())], [said]);
      if (token !== undefined) await fixture.stop();
    }
  });

  it("are read anew in each bundle, unless the runner's token says that they are the same", async () => {
    const runner = await fixture.start();
    const stage = summing(runner);
    let values = [1];
    serve(runner, () => encoded(values), 1_000);
    const sumWith = async (...tokens: string[]): Promise<unknown> => {
      const cacheTokens = tokens.map((token) => tokenFor(stage, token));
      return (await stage.run([0], { cacheTokens })).values("main")[0];
    };
    assert.equal(await sumWith(), 1);
    values = [2];
    assert.equal(await sumWith(), 2);
    assert.equal(await sumWith("a"), 2);
    values = [3];
    assert.equal(await sumWith("a"), 2);
    assert.equal(await sumWith("b"), 3);
    values = [4];
    assert.equal(await sumWith(), 4);
    assert.equal(await sumWith("a"), 2);
    // One processor alone would not show that the cache is shared.
    const both = await Promise.all([sumWith("b"), sumWith("b")]);
    assert.deepEqual(both, [3, 3]);
  });

  it("fail the bundle when the runner has none, without its words", async () => {
    const runner = await fixture.start();
    const stage = summing(runner);
    runner.onState = () => ({ error: "key secret is not there", response: { oneofKind: undefined } });
    const { error } = await stage.run([1]);
    assert.match(error, /answered a request for state with an error/);
    assert.doesNotMatch(error, /secret/);
    serve(runner, () => encoded([1]), 10);
    assert.deepEqual((await stage.run([1])).values("main"), [2]);
  });
});

describe("the cache of side inputs", () => {
  const entry = (bytes: number): { values: readonly unknown[]; bytes: number } => ({ values: [bytes], bytes });

  it("drops what was unused for longest, and never keeps more bytes than it may", () => {
    const cache = new SideInputCache(10);
    cache.put("a", entry(4));
    cache.put("b", entry(4));
    assert.notEqual(cache.get("a"), undefined);
    cache.put("c", entry(4));
    assert.equal(cache.get("b"), undefined);
    assert.notEqual(cache.get("a"), undefined);
    cache.put("d", entry(11));
    assert.equal(cache.get("d"), undefined);
    cache.put("a", entry(10));
    assert.equal(cache.get("c"), undefined);
    assert.deepEqual(cache.get("a"), entry(10));
  });
});
