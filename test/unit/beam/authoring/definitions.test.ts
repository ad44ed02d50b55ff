import assert from "node:assert/strict";
import { doFn, impulse, type OpenContext, registerForSerialization, Root, withName } from "../../../../src/beam";
import { BeamError } from "../../../../src/beam/error";
import { Pipeline, runnerApi } from "../../../../src/beam/sdk";
import { processScope } from "../../../../src/beam/operators/process-scope";
import { StageHarness, at } from "../operators/stage-harness";

const any = doFn("test/any", {
  outputs: {},
  open: (_settings: unknown) => ({ process: (_element: unknown) => undefined }),
});

const opened: string[] = [];

const sharing = doFn("test/sharing", {
  outputs: {},
  open({ name }: { readonly name: string }, { shared, stageName }) {
    const one = shared.get(
      name,
      () => {
        opened.push(`open ${name} in ${stageName}`);
        return { name };
      },
      (value) => void opened.push(`close ${value.name}`),
    );
    return { process: (_element: number) => void opened.push(one.name) };
  },
});

describe("definitions of DoFns", () => {
  it("are known by name: another one may not have it, the same one may come twice", () => {
    const code = { outputs: {}, open: () => ({ process: (_element: unknown) => undefined }) };
    doFn("test/twice", code);
    doFn("test/twice", { ...code });
    assert.throws(() => doFn("test/twice", { ...code, open: (_settings: string) => ({ process: () => undefined }) }), {
      name: "TypeError",
      message: 'Two DoFns are defined as "test/twice": give one of them another name.',
    });
  });

  it("name the stage, unless withName does", () => {
    const pipeline = new Pipeline();
    const start = new Root(pipeline).apply(impulse());
    start.apply(any({}));
    start.apply(withName("other", any({})));
    const names = Object.values(pipeline.getProto().components!.transforms).map(({ uniqueName }) => uniqueName);
    assert.deepEqual(names.slice(-2), ["test/any", "other"]);
  });

  it("are asked for by name where they run, and missed with a sentence that says the cure", async () => {
    const harness = new StageHarness<number>((input) => input.apply(any({})));
    const { spec } = harness.components.transforms[harness.onlyTransformId]!;
    const payload = runnerApi.ParDoPayload.fromBinary(spec!.payload);
    payload.doFn!.payload = Buffer.from(JSON.stringify({ name: "elsewhere", settings: {} }));
    spec!.payload = runnerApi.ParDoPayload.toBinary(payload);
    await assert.rejects(harness.processor(), {
      code: "PIPELINE",
      message: 'No DoFn is defined as "elsewhere" in this process: have it import the module that defines it.',
    });
  });
});

describe("settings of a DoFn", () => {
  class Point {
    readonly x = 1;
  }
  const itself: Record<string, unknown> = {};
  itself["again"] = { itself };

  const refused: [what: string, settings: unknown, where: string, is: string][] = [
    ["a Map", { byName: new Map() }, "settings.byName", "an instance of Map"],
    ["a Set", { list: [new Set()] }, "settings.list[0]", "an instance of Set"],
    ["bytes", { key: new Uint8Array(2) }, "settings.key", "an instance of Uint8Array"],
    ["a date", new Date(0), "settings", "an instance of Date"],
    ["an instance", { at: { point: new Point() } }, "settings.at.point", "an instance of Point"],
    ["NaN", { factor: NaN }, "settings.factor", "NaN"],
    ["an infinite number", [1, -Infinity], "settings[1]", "-Infinity"],
    ["a function", { keyOf: () => 1 }, "settings.keyOf", "a function"],
    ["a bigint", { count: 1n }, "settings.count", "a bigint"],
    ["undefined in a list", [undefined], "settings[0]", "undefined"],
    ["what contains itself", itself, "settings.again.itself", "an object that contains itself"],
    ["what makes its own JSON", { a: { toJSON: () => 1 } }, "settings.a", "an object with a toJSON of its own"],
  ];
  for (const [what, settings, where, is] of refused) {
    it(`may not hold ${what}`, () => {
      assert.throws(
        () => any(settings),
        (error) =>
          error instanceof BeamError &&
          error.message.includes(`"test/any"`) &&
          error.message.includes(`${where} is ${is}.`),
      );
    });
  }

  it("may be any plain data, a property that is undefined, and nothing", () => {
    for (const settings of [undefined, null, 1, "text", true, [], { a: [{ b: null }], c: undefined }]) {
      assert.doesNotThrow(() => any(settings));
    }
  });
});

describe("what DoFns share", () => {
  beforeEach(() => void (opened.length = 0));

  it("is opened once for all instances and stages, and closed with the run, the last one first", async () => {
    const scope = processScope();
    const stage = (name: string) =>
      new StageHarness<number>((input) => input.apply(withName(`stage of ${name}`, sharing({ name })))).processor({
        scope,
      });
    const bundles = [await stage("a"), await stage("a"), await stage("b")];
    for (const bundle of bundles) await bundle.run([at(1)]);
    for (const bundle of bundles) await bundle.stage.teardown();
    assert.deepEqual(opened, ["open a in stage of a", "open b in stage of b", "a", "a", "b"]);
    await scope.close();
    assert.deepEqual(opened.slice(5), ["close b", "close a"]);
  });

  it("does not keep the rest open when one does not close", async () => {
    const scope = processScope();
    const shared: OpenContext["shared"] = scope;
    const closed: string[] = [];
    shared.get(
      "first",
      () => 1,
      () => void closed.push("first"),
    );
    shared.get(
      "second",
      () => 2,
      () => Promise.reject(new Error("no")),
    );
    await scope.close();
    assert.deepEqual(closed, ["first"]);
  });
});

describe("registration for serialization", () => {
  class Known {}

  it("may be repeated, but not under the name of another class", () => {
    registerForSerialization("test/registration", { Known });
    registerForSerialization("test/registration", { Known });
    assert.throws(
      () => registerForSerialization("test/registration", { Known: class {} }),
      /Two classes are registered as "test\/registration\.Known"/,
    );
  });
});
