import assert from "node:assert/strict";
import { jsonCoder } from "../../authoring/coder";
import { fixedWindowsMs } from "../../authoring/windowing";
import { flatten, type PCollection, type Root, withCoder, withName } from "../../sdk";
import { BeamError } from "../../error";
import { asynchronousMap, type Method, strange, type StrangeKind, unawaited } from "../fns/mistaken";
import { grouped, windowed } from "../support/grouping";
import type { Job } from "../support/job";
import type { Rule } from "../support/rule";
import { at } from "../support/steps";

const DEFAULT = "The SDK's default coder takes texts";

/** Mistakes that would silently change or lose data. Each must end with the same error on every runner. */
export function mistakeRules(rule: Rule): void {
  describe("Mistakes", () => {
    for (const method of ["startBundle", "process", "finishBundle"] as const satisfies Method[]) {
      rule(`an asynchronous ${method} of a synchronous DoFn is refused`, "errors", async (job) => {
        const message = await refusal(job, (root) => {
          job.collect(texts(job, root).apply(withName("guilty", unawaited({ method }))).main, "out");
        });
        assert.match(message, new RegExp(`"guilty" failed: ${method} returned a promise: use `));
      });
    }

    rule("an asynchronous function of the SDK's map is refused", "errors", async (job) => {
      const message = await refusal(job, (root) => {
        job.collect(texts(job, root).map(withName("guilty", asynchronousMap)), "out");
      });
      assert.match(message, /"map\(guilty\)" failed: process returned a promise: use /);
    });

    const refused: readonly (readonly [StrangeKind, keyof typeof strange, string])[] = [
      ["fraction", "varInt", "VarIntCoder takes whole numbers within ±2^53, not a fraction"],
      ["text", "double", "DoubleCoder takes numbers, not a text"],
      ["map", "json", "which does not give back an instance of Map"],
      ["map", "default", "an instance of Map"],
      ["set", "default", "an instance of Set"],
      ["date", "default", "an instance of Date"],
      ["bigint", "default", "a bigint"],
      ["undefined", "default", "undefined"],
      ["instance", "default", "an instance of Strange"],
    ];
    for (const [kind, coder, words] of refused) {
      rule(`the coder ${coder} refuses ${kind}`, "errors", async (job) => {
        const message = await refusal(job, (root) => {
          const made = texts(job, root).apply(withName("guilty", strange[coder]({ kind }))).main;
          // The grouping keeps the runner from fusing the two stages, so elements must be encoded between them.
          job.collect(grouped(made, "group"), "out");
        });
        assert.match(message, /^The stage "[^"]+" failed: /);
        assert.ok(message.includes(words), message);
        if (coder === "default") assert.ok(message.includes(DEFAULT), message);
      });
    }

    rule("windows of a kind that workers do not know are refused before anything runs", "errors", async (job) => {
      const message = await refusal(job, (root) => {
        const fixed = fixedWindowsMs(60_000);
        const toProto = () => ({ urn: "own:window_fn:v1", payload: new Uint8Array() });
        const own = Object.assign(Object.create(fixed) as typeof fixed, { toProto });
        job.collect(windowed(texts(job, root), "guilty", own), "out");
      });
      assert.match(message, /^"guilty" has windows of a kind that workers do not know .*use fixedWindows/);
    });

    rule("a group that could never be complete is refused before anything runs", "errors", async (job) => {
      const message = await refusal(job, (root) => {
        job.collect(grouped(job.script(root, "endless", [at(0, { key: "k", value: 1 })]), "guilty"), "out");
      });
      assert.match(message, /^"guilty\/groupByKey" groups a collection without an end in the global window/);
    });

    rule("a coder that only the building process knows is refused before anything runs", "errors", async (job) => {
      const message = await refusal(job, (root) => {
        const main = jsonCoder<string>(`conformance:coder:made_in_build:${job.folder("out")}`, 1);
        texts(job, root).apply(withCoder(main));
      });
      assert.match(message, /^The coder "conformance:coder:made_in_build:.*" is made while the pipeline is built/);
    });

    rule("collections of different windowing are refused where they come together", "errors", async (job) => {
      const message = await refusal(job, (root) => {
        const minutes = windowed(texts(job, root), "minutes", fixedWindowsMs(60_000));
        flatten([minutes, texts(job, root, "others")], "guilty");
      });
      assert.match(message, /^"guilty" brings together collections of different windowing: apply the same windowInto/);
    });
  });
}

async function refusal(job: Job, build: (root: Root) => void): Promise<string> {
  const error = await job.runFailing(build);
  assert.ok(error instanceof BeamError, `not a BeamError: ${error.message}`);
  assert.equal(error.code, "PIPELINE");
  return error.message;
}

function texts(job: Job, root: Root, name = "texts"): PCollection<string> {
  return job.records(root, name, [{ value: "a", atMs: 0 }]);
}
