import assert from "node:assert/strict";
import { KVCoder, StrUtf8Coder, groupBy, withCoder, withName } from "../../sdk";
import { GLOBAL_WINDOW, GLOBAL_WINDOW_MAX_TIMESTAMP_MS, type KV } from "../../values";
import { hotKey } from "../fns/basic";
import { keyOf, readTwice } from "../fns/sdk";
import { numberCoder } from "../support/coders";
import { sorted, sortedValues } from "../support/collected";
import { grouped, groups, kv } from "../support/grouping";
import { fromZeroTo } from "../support/numbers";
import type { Rule } from "../support/rule";

export function groupByKeyRules(rule: Rule): void {
  describe("GroupByKey", () => {
    rule("keys of any type are told apart, also those that look alike", "groupByKey", async (job) => {
      const keys = [
        0,
        1,
        -1,
        1.5,
        2 ** 40,
        "1",
        "",
        " ",
        "true",
        true,
        false,
        "null",
        "ü",
        "🙂",
        { a: 1 },
        { a: "1" },
        ["1"],
        [1, 1],
      ];
      await job.run((root) => {
        const input = job.records(
          root,
          "elements",
          [...keys, ...keys].map((key, index) => ({ value: kv(key as unknown, index), atMs: index })),
        );
        job.collect(grouped(input, "group"), "out");
      });
      const expected = keys.map((key, index) => ({ key, value: sorted([index, index + keys.length]) }));
      assert.deepEqual(groups(job.collected("out")), sorted(expected));
    });

    rule("equal values of a key are all kept", "groupByKey", async (job) => {
      await job.run((root) => {
        const same = fromZeroTo(25).map((n) => ({ value: kv("k", "same"), atMs: n }));
        job.collect(grouped(job.records(root, "elements", same), "group"), "out");
      });
      assert.deepEqual(groups(job.collected("out")), [{ key: "k", value: Array.from({ length: 25 }, () => "same") }]);
    });

    rule("a group in the global window appears once, at that window's end", "groupByKey", async (job) => {
      await job.run((root) => {
        const elements = fromZeroTo(30).map((n) => ({ value: kv(`k${n % 3}`, n), atMs: n }));
        job.collect(grouped(job.records(root, "elements", elements), "group"), "out");
      });
      const out = job.collected<KV<string, number[]>>("out");
      assert.deepEqual(
        groups(out).map(({ key, value }) => ({ key, count: value.length })),
        ["k0", "k1", "k2"].map((key) => ({ key, count: 10 })),
      );
      for (const { timestampMs, window } of out) {
        assert.deepEqual(
          { timestampMs, window },
          { timestampMs: GLOBAL_WINDOW_MAX_TIMESTAMP_MS, window: { ...GLOBAL_WINDOW } },
        );
      }
    });

    rule("one hot key beside very many cold ones loses nothing", "groupByKey", async (job) => {
      const parts = fromZeroTo(4).map((n) => ({ from: n * 1_000, to: (n + 1) * 1_000 }));
      await job.run((root) => {
        const input = job.records(
          root,
          "parts",
          parts.map((value) => ({ value, atMs: 0 })),
        );
        const elements = input.apply(withName("hot key", hotKey())).main;
        job.collect(grouped(elements, "group"), "out");
      });
      const out = job.collected<KV<string, number[]>>("out").map(({ value }) => value);
      const hot = out.filter(({ key }) => key === "hot");
      assert.deepEqual(
        hot.map(({ value }) => [...value].sort((a, b) => a - b)),
        [fromZeroTo(4_000)],
      );
      const cold = out.filter(({ key }) => key !== "hot");
      assert.equal(cold.length, 4_000);
      assert.ok(cold.every(({ key, value }) => value.length === 1 && key === `cold ${value[0]}`));
    });

    rule("a grouping may follow a grouping", "groupByKey", async (job) => {
      await job.run((root) => {
        const elements = fromZeroTo(40).map((n) => ({ value: kv(`k${n % 8}`, n), atMs: 0 }));
        const first = grouped(job.records(root, "elements", elements), "first");
        const sizes = first.map(
          withName("by size", (element: KV<string, Iterable<number>>) => ({
            key: [...element.value].length,
            value: element.key,
          })),
        );
        job.collect(grouped(sizes, "second"), "out");
      });
      assert.deepEqual(groups(job.collected("out")), [{ key: 5, value: fromZeroTo(8).map((n) => `k${n}`) }]);
    });

    rule("the values of a group may be read as often as one likes", "groupByKey", async (job) => {
      await job.run((root) => {
        const elements = fromZeroTo(500).map((n) => ({ value: kv("k", n), atMs: 0 }));
        const groups_ = grouped(job.records(root, "elements", elements), "group");
        job.collect(groups_.map(readTwice), "out");
      });
      assert.deepEqual(sortedValues(job.collected("out")), ["500 values, then 500"]);
    });

    rule("compact coders of key and value give the same groups as the SDK's general one", "groupByKey", async (job) => {
      await job.run((root) => {
        const elements = fromZeroTo(12).map((n) => ({ value: kv(`ключ ${n % 4}`, n), atMs: 0 }));
        const input = job.records(root, "elements", elements);
        const coded = input.apply(withName("code", withCoder(new KVCoder(new StrUtf8Coder(), numberCoder))));
        job.collect(grouped(coded, "group"), "out");
      });
      const expected = fromZeroTo(4).map((n) => ({ key: `ключ ${n}`, value: sorted([n, n + 4, n + 8]) }));
      assert.deepEqual(groups(job.collected("out")), expected);
    });

    rule("the SDK's groupBy takes a function, a field or several fields as the key", "groupByKey", async (job) => {
      const elements = [
        { key: "a", side: "l", value: 1 },
        { key: "a", side: "r", value: 2 },
        { key: "b", side: "l", value: 3 },
      ];
      await job.run((root) => {
        const input = job.records(
          root,
          "elements",
          elements.map((value) => ({ value, atMs: 0 })),
        );
        job.collect(input.apply(withName("by function", groupBy(keyOf))), "function");
        job.collect(input.apply(withName("by field", groupBy("side"))), "field");
        job.collect(input.apply(withName("by fields", groupBy(["key", "side"]))), "fields");
      });
      const [one, two, three] = elements;
      assert.deepEqual(groups(job.collected("function")), [kv("a", [one, two]), kv("b", [three])]);
      assert.deepEqual(groups(job.collected("field")), [kv("l", sorted([one, three])), kv("r", [two])]);
      assert.equal(job.collected("fields").length, 3);
    });
  });
}
