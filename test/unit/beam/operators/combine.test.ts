import assert from "node:assert/strict";
import {
  COMBINE_CONVERT_URN,
  COMBINE_EXTRACT_URN,
  COMBINE_MERGE_URN,
  COMBINE_PRECOMBINE_URN,
} from "../../../../src/beam/operators/urns";
import {
  combinePerKey,
  type ComponentsProto,
  KVCoder,
  registerForSerialization,
  StrUtf8Coder,
  withCoder,
  withName,
} from "../../../../src/beam/sdk";
import { NO_FIRING } from "../../../../src/beam/values";
import { jsonCoder } from "../../../../src/beam/authoring";
import { at, StageHarness } from "./stage-harness";

/** The mean of numbers; its accumulator is [sum, count], its output a text, so that no step can be mistaken. */
class Mean {
  readonly beamName = "Mean";

  createAccumulator(): [number, number] {
    return [0, 0];
  }

  addInput([sum, count]: [number, number], input: number): [number, number] {
    return [sum + input, count + 1];
  }

  mergeAccumulators(accumulators: Iterable<[number, number]>): [number, number] {
    let merged = this.createAccumulator();
    for (const [sum, count] of accumulators) merged = [merged[0] + sum, merged[1] + count];
    return merged;
  }

  extractOutput([sum, count]: [number, number]): string {
    return `mean ${sum / count}`;
  }
}

registerForSerialization("test/combine", { Mean });

interface Pair {
  readonly key: string;
  readonly value: unknown;
}

const pairCoder = new KVCoder(new StrUtf8Coder(), jsonCoder<unknown>("test:coder:any", 1));

/** A stage of one transform: the combine's payload under the URN of one of its lifted parts. */
function lifted(urn: string): StageHarness<Pair> {
  const harness = new StageHarness<Pair>((input) => {
    const pairs = input.apply(withName("Pairs", withCoder<Pair>(pairCoder as never)));
    const combined = pairs.apply(withName("Mean", combinePerKey(new Mean() as never)));
    return { main: combined };
  });
  const components: ComponentsProto = harness.components;
  const entries = Object.entries(components.transforms);
  const [id, combine] = entries.find(([, { spec }]) => spec?.urn === "beam:transform:combine_per_key:v1") ?? [];
  assert.ok(id !== undefined && combine?.spec !== undefined);
  combine.spec.urn = urn;
  combine.subtransforms = [];
  harness.transformIds.splice(0, harness.transformIds.length, id);
  harness.inputId = Object.values(combine.inputs)[0] as string;
  return harness;
}

describe("the parts of a lifted combine", () => {
  it("precombine per key and window, and keep nothing beyond the bundle", async () => {
    const [early, late] = [
      { startMs: 0, endMs: 10 },
      { startMs: 5, endMs: 15 },
    ];
    const bundle = await lifted(COMBINE_PRECOMBINE_URN).processor();
    await bundle.run([
      at({ key: "a", value: 1 }, 1, [early]),
      at({ key: "b", value: 2 }, 6, [early, late]),
      at({ key: "a", value: 3 }, 7, [early, late]),
    ]);
    const group = (key: string, value: unknown, window: typeof early) => ({
      ...at({ key, value }, window.endMs - 1, [window]),
      pane: NO_FIRING,
    });
    assert.deepEqual(bundle.of("main"), [
      group("a", [4, 2], early),
      group("b", [2, 1], early),
      group("b", [2, 1], late),
      group("a", [3, 1], late),
    ]);
    await bundle.run([]);
    assert.equal(bundle.of("main").length, 4);
  });

  it("let accumulators leave when there are too many", async () => {
    const bundle = await lifted(COMBINE_PRECOMBINE_URN).processor();
    bundle.stage.start();
    for (let index = 0; index <= 10_000; index++) await bundle.push(at({ key: `k${index}`, value: index }));
    assert.equal(bundle.of("main").length, 10_001);
  });

  it("let accumulators leave when their inputs are too large", async () => {
    const bundle = await lifted(COMBINE_PRECOMBINE_URN).processor();
    bundle.stage.start();
    // The sum of texts is one text, as large as all of them.
    for (let index = 0; index < 40; index++) await bundle.push(at({ key: "k", value: "x".repeat(500_000) }));
    const lengths = bundle.of("main").map((element) => {
      const { value } = element.value as { value: [string, number] };
      return value[0].length;
    });
    assert.ok(lengths.length >= 3, `${lengths.length} accumulators of 40 MB of inputs`);
    assert.ok(Math.max(...lengths) <= 9 * 500_000 + 1, lengths.join(", "));
  });

  it("merge, extract and convert", async () => {
    const cases = [
      {
        urn: COMBINE_MERGE_URN,
        value: [
          [1, 1],
          [5, 2],
        ],
        result: [6, 3],
      },
      { urn: COMBINE_EXTRACT_URN, value: [6, 3], result: "mean 2" },
      { urn: COMBINE_CONVERT_URN, value: 7, result: [7, 1] },
    ];
    for (const { urn, value, result } of cases) {
      const bundle = await lifted(urn).processor();
      await bundle.run([at({ key: "k", value }, 3)]);
      assert.deepEqual(bundle.of("main"), [at({ key: "k", value: result }, 3)]);
    }
  });
});
