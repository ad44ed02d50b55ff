import assert from "node:assert/strict";
import { impulse, sdkCreate as create, withName } from "../../sdk";
import { GLOBAL_WINDOW, MIN_TIMESTAMP_MS } from "../../values";
import { sortedValues } from "../support/collected";
import { grouped, kv } from "../support/grouping";
import { fromZeroTo, inOrder } from "../support/numbers";
import type { Rule } from "../support/rule";

export function createRules(rule: Rule): void {
  describe("Impulse and create", () => {
    rule("an impulse is one empty element at the beginning of time, in the global window", "create", async (job) => {
      await job.run((root) => {
        job.collect(root.apply(impulse()), "out");
      });
      const [element, ...others] = job.collected("out");
      assert.deepEqual(others, []);
      assert.deepEqual(element?.value, []);
      assert.equal(element?.timestampMs, MIN_TIMESTAMP_MS);
      assert.deepEqual(element?.window, { ...GLOBAL_WINDOW });
    });

    rule("create yields its elements, of any type, also when it reshuffles them", "create", async (job) => {
      const elements = [0, -1, 1.5, "text", "", "ü漢🙂", true, false, { nested: { list: [1, 2] } }, [1, [2]]];
      await job.run((root) => {
        job.collect(root.apply(create(elements)), "out");
      });
      assert.deepEqual(sortedValues(job.collected("out")), sortedValues(elements.map((value) => ({ value }))));
    });

    rule("an empty collection ends, and so does all that is made of it", "create", async (job) => {
      await job.run((root) => {
        const empty = root.apply(create<{ key: string; value: string }>([]));
        job.collect(empty, "elements");
        job.collect(grouped(empty, "group"), "groups");
      });
      assert.deepEqual(job.collected("elements"), []);
      assert.deepEqual(job.collected("groups"), []);
    });

    rule("a pipeline may have several parts that know nothing of one another", "create", async (job) => {
      await job.run((root) => {
        for (const name of ["left", "right"]) {
          const input = job.records(
            root,
            name,
            fromZeroTo(10).map((n) => ({ value: kv(name, n), atMs: n })),
          );
          job.collect(input.map(withName(`values of ${name}`, (element: { value: number }) => element.value)), name);
        }
      });
      assert.deepEqual(inOrder(job.collected<number>("left")), fromZeroTo(10));
      assert.deepEqual(inOrder(job.collected<number>("right")), fromZeroTo(10));
    });
  });
}
