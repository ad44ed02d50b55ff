import assert from "node:assert/strict";
import { doFn, type DoFnTransform, jsonCoder } from "../../../../src/beam/authoring";
import { runnerApi, withName } from "../../../../src/beam/sdk";
import { BeamError } from "../../../../src/beam/error";
import { callPlain, evenOdd, remote, throwOn, windows } from "./fns";
import { at, StageHarness } from "./stage-harness";

const number = jsonCoder<number>("test:coder:number", 1);

const order: string[] = [];

const logged = doFn("test/logged", {
  outputs: { main: number },
  async open({ name }: { readonly name: string }) {
    order.push(`open ${name}`);
    return {
      startBundle: () => void order.push(`start ${name}`),
      process(element: number, emit) {
        order.push(`process ${name}`);
        void emit("main", element);
      },
      finishBundle(emit) {
        order.push(`finish ${name}`);
        void emit("main", -1, 9, { startMs: 0, endMs: 10 });
      },
      close: () => void order.push(`close ${name}`),
    };
  },
});

const swallow = doFn("test/swallow", {
  outputs: { main: number },
  open: () => ({
    process(element: number, emit) {
      try {
        void emit("main", element);
      } catch {
        // Imitates an author who treats every error as data.
      }
    },
  }),
});

const misled = doFn("test/misled", {
  outputs: { main: number },
  open: () => ({
    process(element: number, emit) {
      void (emit as (tag: string, value: number) => unknown)("odd", element);
    },
  }),
});

const fatal = doFn("test/fatal", {
  outputs: { main: number },
  open: () => ({
    process(_element: number) {
      throw new BeamError("VECTOR_SIZE", "The vectors have the wrong size.");
    },
  }),
});

const twiceEach = doFn("test/twiceEach", {
  outputs: { main: number },
  open: () => ({
    process(element: number, emit) {
      void emit("main", element);
      void emit("main", element + 1);
    },
  }),
});

const single = (fn: DoFnTransform<number, { main: number }>, name = "Only"): StageHarness<number> =>
  new StageHarness((input) => input.apply(withName(name, fn)));

describe("a fused stage", () => {
  beforeEach(() => {
    order.length = 0;
    remote.reset();
  });

  it("opens once, starts from the sinks up, finishes from the source down, and closes", async () => {
    const harness = new StageHarness<number>((input) => {
      const { main } = input.apply(withName("A", logged({ name: "a" })));
      return main.apply(withName("B", logged({ name: "b" })));
    });
    const bundle = await harness.processor();
    await bundle.run([at(1)]);
    await bundle.run([]);
    await bundle.stage.teardown();
    const once = ["start b", "start a"];
    assert.deepEqual(order, [
      ...["open a", "open b"],
      ...[...once, "process a", "process b", "finish a", "process b", "finish b"],
      ...[...once, "finish a", "process b", "finish b"],
      ...["close a", "close b"],
    ]);
    assert.deepEqual(bundle.of("main").slice(0, 2), [at(1), at(-1, 9, [{ startMs: 0, endMs: 10 }])]);
  });

  it("counts the elements of every PCollection, and hands out metrics, bundle by bundle", async () => {
    const harness = new StageHarness<number>((input) => input.apply(withName("Tag", evenOdd())));
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
      const { main } = input.apply(withName("A", logged({ name: "a" })));
      const b = main.apply(withName("B", logged({ name: "b" })));
      const c = main.apply(withName("C", logged({ name: "c" })));
      return { a: main, b: b.main, c: c.main };
    });
    const bundle = await harness.processor();
    bundle.stage.start();
    await bundle.push(at(1));
    assert.deepEqual([bundle.values("a"), bundle.values("b"), bundle.values("c")], [[1], [1], [1]]);
  });

  it("processes an element in several windows once for each", async () => {
    const harness = new StageHarness<number>((input) => input.apply(withName("Windows", windows())));
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
      const { main } = input.apply(withName("Twice", twiceEach()));
      return main.apply(withName("Call", callPlain({ pool: "one", maxConcurrentCalls: 1 })));
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

  it("names the transform of an error, what it says and where it was thrown", async () => {
    const bundle = await single(throwOn({ bad: 3 })).processor();
    const words = /The stage "Only" failed with TypeError: secret 3 \(at .*fns\.ts:\d+:\d+\)\)\./;
    await assert.rejects(bundle.run([at(3)]), words);
  });

  it("names an output that is not there, also where text is hidden", async () => {
    const bundle = await single(misled()).processor({ authorText: "hidden" });
    await assert.rejects(bundle.run([at(1)]), /The stage "Only" failed: It has no output "odd", only "main" \(at /);
  });

  it("names the transform of an error, says where it was thrown, and quotes nothing where text is hidden", async () => {
    const bundle = await single(throwOn({ bad: 3 })).processor({ authorText: "hidden" });
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
    const bundle = await single(fatal()).processor();
    await assert.rejects(bundle.run([at(1)]), { code: "VECTOR_SIZE", message: "The vectors have the wrong size." });
  });

  it("never succeeds with a bundle in which an error was swallowed", async () => {
    const harness = new StageHarness<number>((input) => {
      const { main } = input.apply(withName("Swallow", swallow()));
      return main.apply(withName("Throw", throwOn({ bad: 1 })));
    });
    const bundle = await harness.processor();
    await assert.rejects(bundle.run([at(1), at(2)]), /The stage "Throw" failed/);
  });

  it("refuses a DoFn with state or timers of its own", async () => {
    const harness = single(logged({ name: "a" }), "Odd");
    const spec = harness.components.transforms[harness.onlyTransformId]?.spec;
    assert.ok(spec !== undefined);
    const payload = runnerApi.ParDoPayload.fromBinary(spec.payload);
    payload.timerFamilySpecs["t"] = runnerApi.TimerFamilySpec.create();
    spec.payload = runnerApi.ParDoPayload.toBinary(payload);
    await assert.rejects(harness.processor(), /"Odd" cannot run: It has state or timers of its own/);
  });

  it("refuses what no operator exists for, with the transform's name", async () => {
    const harness = single(logged({ name: "a" }), "Odd");
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
