import assert from "node:assert/strict";
import { fixedWindowsMs } from "../../authoring/windowing";
import { iterableSideInput, singletonSideInput, type PCollection, type Root } from "../../sdk";
import { withIterable, withSingleton, withTwo } from "../fns/sdk";
import type { Step } from "../fns/scripted-source";
import { sorted, sortedValues } from "../support/collected";
import { windowed } from "../support/grouping";
import type { Job } from "../support/job";
import type { Rule } from "../support/rule";
import { at, checkpoint, seen, watermark } from "../support/steps";

export function sideInputRules(rule: Rule): void {
  describe("Side inputs", () => {
    rule("a singleton is there for every element", "sideInputs", async (job) => {
      await job.run((root) => {
        const side = singletonSideInput(records(job, root, "side", [40]));
        job.collect(records(job, root, "main", [1, 2, 3]).map(withSingleton, { side }), "out");
      });
      assert.deepEqual(
        sortedValues(job.collected("out")),
        [1, 2, 3].map((value) => ({ value, side: 40 })),
      );
    });

    rule("an iterable holds all elements, and a function may have several side inputs", "sideInputs", async (job) => {
      await job.run((root) => {
        const left = iterableSideInput(records(job, root, "left", [1, 2, 3]));
        const right = singletonSideInput(records(job, root, "right", [7]));
        job.collect(records(job, root, "main", [0, 10]).map(withTwo, { left, right }), "out");
      });
      assert.deepEqual(
        sortedValues(job.collected("out")),
        [0, 10].map((value) => ({ value, left: ["1", "2", "3"], right: 7 })),
      );
    });

    rule("an empty side input is an empty iterable, and a singleton's default", "sideInputs", async (job) => {
      await job.run((root) => {
        const main = records(job, root, "main", [1]);
        const empty = records(job, root, "empty", []);
        job.collect(main.map(withIterable, { side: iterableSideInput(empty) }), "iterable");
        job.collect(main.map(withSingleton, { side: singletonSideInput(empty, 99) }), "singleton");
      });
      assert.deepEqual(sortedValues(job.collected("iterable")), [{ value: 1, side: [] }]);
      assert.deepEqual(sortedValues(job.collected("singleton")), [{ value: 1, side: 99 }]);
    });

    rule("an element sees the side input of its own window only", "sideInputs", async (job) => {
      await job.run((root) => {
        const minutes = fixedWindowsMs(60_000);
        const main = windowed(records(job, root, "main", [1_000, 61_000, 121_000]), "main windows", minutes);
        const side = windowed(records(job, root, "side", [2_000, 3_000, 62_000]), "side windows", minutes);
        job.collect(main.map(withIterable, { side: iterableSideInput(side) }), "out");
      });
      assert.deepEqual(
        sortedValues(job.collected("out")),
        sorted([
          { value: 1_000, side: ["2000", "3000"] },
          { value: 61_000, side: ["62000"] },
          { value: 121_000, side: [] },
        ]),
      );
    });

    rule("a side input without windows is the same for every window of the main input", "sideInputs", async (job) => {
      await job.run((root) => {
        const main = windowed(records(job, root, "main", [1_000, 61_000]), "main windows", fixedWindowsMs(60_000));
        const side = iterableSideInput(records(job, root, "side", [2_000, 62_000]));
        job.collect(main.map(withIterable, { side }), "out");
      });
      assert.deepEqual(
        sortedValues(job.collected("out")),
        [1_000, 61_000].map((value) => ({ value, side: ["2000", "62000"] })),
      );
      assert.deepEqual(
        job
          .collected("out")
          .map(({ window }) => window.startMs)
          .sort(),
        [0, 60_000],
      );
    });

    rule(
      "of a side input of other windows an element sees the one in which its own window ends",
      "sideInputs",
      async (job) => {
        await job.run((root) => {
          const main = windowed(records(job, root, "main", [1_000, 61_000]), "main windows", fixedWindowsMs(60_000));
          const side = windowed(
            records(job, root, "side", [2_000, 62_000, 121_000]),
            "side windows",
            fixedWindowsMs(120_000),
          );
          job.collect(main.map(withIterable, { side: iterableSideInput(side) }), "out");
        });
        assert.deepEqual(
          sortedValues(job.collected("out")),
          [1_000, 61_000].map((value) => ({ value, side: ["2000", "62000"] })),
        );
      },
    );

    rule("an endless main input has a side input that ends", "sideInputsUnbounded", async (job) => {
      await job.run((root) => {
        const side = iterableSideInput(records(job, root, "side", [10, 20]));
        job.collect(job.script(root, "main", [at(1, 1), at(2, 2)]).map(withIterable, { side }), "out");
      });
      assert.deepEqual(
        sortedValues(job.collected("out")),
        [1, 2].map((value) => ({ value, side: ["10", "20"] })),
      );
    });

    rule("the main input waits until the side input is complete", "sideInputsUnbounded", async (job) => {
      await job.run((root) => {
        const main = job.script(root, "main", [at(1, 1), at(2, 2)]);
        const side = job.script(root, "side", [checkpoint(200), at(1, 10), checkpoint(100), at(2, 20)]);
        job.collect(main.map(withIterable, { side: iterableSideInput(side) }), "out");
      });
      assert.deepEqual(
        sortedValues(job.collected("out")),
        [1, 2].map((value) => ({ value, side: ["10", "20"] })),
      );
    });

    rule("the main input waits for its own window, while others go on", "sideInputsUnbounded", async (job) => {
      const out = job.folder("out");
      await job.run((root) => {
        const minutes = fixedWindowsMs(60_000);
        const mainSteps: Step<number>[] = [at(1_000, 1_000), at(61_000, 61_000), watermark(150_000), checkpoint()];
        const sideSteps: Step<number>[] = [at(2_000, 2_000), watermark(60_000), seen(out, 1), at(62_000, 62_000)];
        const main = windowed(job.script(root, "main", mainSteps), "main windows", minutes);
        const side = windowed(job.script(root, "side", sideSteps), "side windows", minutes);
        job.collect(main.map(withIterable, { side: iterableSideInput(side) }), "out");
      });
      assert.deepEqual(
        sortedValues(job.collected("out")),
        sorted([
          { value: 1_000, side: ["2000"] },
          { value: 61_000, side: ["62000"] },
        ]),
      );
    });
  });
}

/** Makes a collection of numbers that are their own timestamps. */
function records(job: Job, root: Root, name: string, numbers: readonly number[]): PCollection<number> {
  return job.records(
    root,
    name,
    numbers.map((value) => ({ value, atMs: value })),
  );
}
