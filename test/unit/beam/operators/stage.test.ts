import assert from "node:assert/strict";
import {
  asyncParDo,
  type Emit,
  type EmitWindowed,
  jsonCoder,
  P,
  registerForSerialization,
  type TaggedDoFn,
  taggedParDo,
} from "../../../../src/beam/authoring";
import { runnerApi } from "../../../../src/beam/sdk";
import { BeamError } from "../../../../src/beam/error";
import { CallPlain, EvenOdd, remote, ThrowOn, Windows } from "./fns";
import { at, StageHarness } from "./stage-harness";

const number = jsonCoder<number>("test:coder:number", 1);
const text = jsonCoder<string>("test:coder:text", 1);

const order: string[] = [];

class Logged implements TaggedDoFn<number, { main: number }> {
  constructor(private readonly name: string) {}

  async setup(): Promise<void> {
    order.push(`setup ${this.name}`);
  }

  startBundle(): void {
    order.push(`start ${this.name}`);
  }

  process(element: number, emit: Emit<{ main: number }>): void {
    order.push(`process ${this.name}`);
    void emit("main", element);
  }

  finishBundle(emit: EmitWindowed<{ main: number }>): void {
    order.push(`finish ${this.name}`);
    void emit("main", -1, 9, { startMs: 0, endMs: 10 });
  }

  teardown(): void {
    order.push(`teardown ${this.name}`);
  }
}

class Swallow implements TaggedDoFn<number, { main: number }> {
  process(element: number, emit: Emit<{ main: number }>): void {
    try {
      void emit("main", element);
    } catch {
      // An author who treats every error as data.
    }
  }
}

class Fatal implements TaggedDoFn<number, { main: number }> {
  process(): void {
    throw new BeamError("VECTOR_SIZE", "The vectors have the wrong size.");
  }
}

class TwiceEach implements TaggedDoFn<number, { main: number }> {
  process(element: number, emit: Emit<{ main: number }>): void {
    void emit("main", element);
    void emit("main", element + 1);
  }
}

registerForSerialization("test/stage", { Logged, Swallow, Fatal, TwiceEach });

const single = (fn: TaggedDoFn<number, { main: number }>, name = "Only"): StageHarness<number> =>
  new StageHarness((input) => P(input).apply(taggedParDo(name, fn, { main: number })));

describe("a fused stage", () => {
  beforeEach(() => {
    order.length = 0;
    remote.reset();
  });

  it("sets up once, starts from the sinks up, finishes from the source down, and tears down", async () => {
    const harness = new StageHarness<number>((input) => {
      const { main } = P(input).apply(taggedParDo("A", new Logged("a"), { main: number }));
      return P(main).apply(taggedParDo("B", new Logged("b"), { main: number }));
    });
    const bundle = await harness.processor();
    await bundle.run([at(1)]);
    await bundle.run([]);
    await bundle.stage.teardown();
    const once = ["start b", "start a"];
    assert.deepEqual(order, [
      ...["setup a", "setup b"],
      ...[...once, "process a", "process b", "finish a", "process b", "finish b"],
      ...[...once, "finish a", "process b", "finish b"],
      ...["teardown a", "teardown b"],
    ]);
    assert.deepEqual(bundle.of("main").slice(0, 2), [at(1), at(-1, 9, [{ startMs: 0, endMs: 10 }])]);
  });

  it("counts the elements of every PCollection, and hands out metrics, bundle by bundle", async () => {
    const harness = new StageHarness<number>((input) =>
      P(input).apply(taggedParDo("Tag", new EvenOdd(), { even: number, odd: number })),
    );
    const bundle = await harness.processor();
    const { elementCounts, metrics } = await bundle.run([at(1), at(2), at(4)]);
    assert.equal(elementCounts.get(harness.outputs.get("even") ?? ""), 2);
    assert.equal(elementCounts.get(harness.outputs.get("odd") ?? ""), 1);
    assert.deepEqual(
      metrics.map(({ name, kind }) => [name, kind]),
      [
        ["seen", "counter"],
        ["values", "distribution"],
        ["last", "gauge"],
      ],
    );
    const second = await bundle.run([]);
    assert.deepEqual([...second.elementCounts.values()], [0, 0, 0]);
    assert.deepEqual(second.metrics, []);
  });

  it("feeds every consumer of a PCollection, and lets it leave the stage as well", async () => {
    const harness = new StageHarness<number>((input) => {
      const { main } = P(input).apply(taggedParDo("A", new Logged("a"), { main: number }));
      const b = P(main).apply(taggedParDo("B", new Logged("b"), { main: number }));
      const c = P(main).apply(taggedParDo("C", new Logged("c"), { main: number }));
      return { a: main, b: b.main, c: c.main };
    });
    const bundle = await harness.processor();
    bundle.stage.start();
    await bundle.push(at(1));
    assert.deepEqual([bundle.values("a"), bundle.values("b"), bundle.values("c")], [[1], [1], [1]]);
  });

  it("processes an element in several windows once for each", async () => {
    const harness = new StageHarness<number>((input) =>
      P(input).apply(taggedParDo("Windows", new Windows(), { main: text })),
    );
    const bundle = await harness.processor();
    const [one, two] = [
      { startMs: 0, endMs: 10 },
      { startMs: 5, endMs: 15 },
    ];
    await bundle.run([at(1, 6, [one, two])]);
    assert.deepEqual(bundle.of("main"), [at("1@0..10", 7, [one]), at("1@5..15", 7, [two])]);
  });

  it("makes a synchronous DoFn's caller wait for all that downstream has not taken", async () => {
    const harness = new StageHarness<number>((input) => {
      const { main } = P(input).apply(taggedParDo("Twice", new TwiceEach(), { main: number }));
      return P(main).apply(asyncParDo("Call", new CallPlain("one", 1), { main: number }));
    });
    const bundle = await harness.processor();
    bundle.stage.start();
    let taken = false;
    const processed = Promise.resolve(bundle.push(at(1))).then(() => (taken = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(taken, false);
    remote.calls[0]?.answer();
    await processed;
    remote.calls[1]?.answer();
    await bundle.stage.finish();
    assert.deepEqual(bundle.values("main"), [1, 2]);
  });

  it("names the transform of an error, says where it was thrown, and quotes nothing", async () => {
    const bundle = await single(new ThrowOn(3)).processor();
    await assert.rejects(bundle.run([at(2), at(3)]), (error: unknown) => {
      assert.ok(error instanceof BeamError);
      assert.equal(error.code, "PIPELINE");
      assert.match(error.message, /^The stage "Only" failed with TypeError at .*fns\.ts:\d+:\d+/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
    assert.throws(() => bundle.stage.start(), BeamError, "a broken processor is never used again");
  });

  it("leaves a BeamError as it is", async () => {
    const bundle = await single(new Fatal()).processor();
    await assert.rejects(bundle.run([at(1)]), { code: "VECTOR_SIZE", message: "The vectors have the wrong size." });
  });

  it("never succeeds with a bundle in which an error was swallowed", async () => {
    const harness = new StageHarness<number>((input) => {
      const { main } = P(input).apply(taggedParDo("Swallow", new Swallow(), { main: number }));
      return P(main).apply(taggedParDo("Throw", new ThrowOn(1), { main: number }));
    });
    const bundle = await harness.processor();
    await assert.rejects(bundle.run([at(1), at(2)]), /The stage "Throw" failed/);
  });

  it("refuses a DoFn with state or timers of its own", async () => {
    const harness = single(new Logged("a"), "Odd");
    const spec = harness.components.transforms[harness.onlyTransformId]?.spec;
    assert.ok(spec !== undefined);
    const payload = runnerApi.ParDoPayload.fromBinary(spec.payload);
    payload.timerFamilySpecs["t"] = runnerApi.TimerFamilySpec.create();
    spec.payload = runnerApi.ParDoPayload.toBinary(payload);
    await assert.rejects(harness.processor(), /"Odd" cannot run: It has state or timers of its own/);
  });

  it("refuses what no operator exists for, with the transform's name", async () => {
    const harness = single(new Logged("a"), "Odd");
    const transform = harness.components.transforms[harness.onlyTransformId];
    const doFn = { urn: "beam:dofn:someone_elses", payload: new Uint8Array() };
    const payload = runnerApi.ParDoPayload.toBinary(runnerApi.ParDoPayload.create({ doFn }));
    if (transform?.spec !== undefined) transform.spec.payload = payload;
    await assert.rejects(harness.processor(), {
      code: "PIPELINE",
      message: 'The stage "Odd" cannot run: No operator exists for the DoFn kind "beam:dofn:someone_elses".',
    });
  });
});
