import assert from "node:assert/strict";
import { type PCollection, type Root, withName } from "../../sdk";
import { BeamError } from "../../error";
import { failing, type FailingCall, failingCalls, failingMap, failingSource, misconfigured } from "../fns/failing";
import { grouped } from "../support/grouping";
import type { Job } from "../support/job";
import type { Rule } from "../support/rule";
import { at, forever } from "../support/steps";

const SECRET = "bad SECRET-4711";

export function errorRules(rule: Rule): void {
  describe("Errors", () => {
    const kinds: Record<FailingCall, string> = {
      open: "open",
      startBundle: "startBundle",
      process: "process",
      finishBundle: "finishBundle",
    };
    for (const where of Object.keys(kinds) as FailingCall[]) {
      rule(`a throw in ${where} ends the run, names the stage and keeps the data private`, "errors", async (job) => {
        await assertFailure(job, (input) => input.apply(withName("guilty", failing({ where }))).main);
      });
    }

    rule(
      "a throw in a function of the SDK ends the run, names the stage and keeps the data private",
      "errors",
      async (job) => {
        await assertFailure(job, (input) => input.map(withName("guilty", failingMap)), "outer/map(guilty)");
      },
    );

    for (const how of ["rejects", "throws"] as const) {
      rule(`a call that ${how} ends the run, names the stage and keeps the data private`, "errors", async (job) => {
        await assertFailure(job, (input) => input.apply(withName("guilty", failingCalls({ how }))).main);
      });
    }

    rule(
      "a throw in a splittable DoFn ends the run, names the stage and keeps the data private",
      "errors",
      async (job) => {
        await assertFailure(job, (input) => {
          const counts = input.map(withName("as counts", (name: string) => ({ name, count: 3 })));
          const source = failingSource({ parts: 1, checkpointEvery: 0, delayMs: 0, seed: 0 });
          return counts.apply(withName("guilty", source)).main;
        });
      },
    );

    rule("a failure behind a shuffle names its own stage, not the one that feeds it", "errors", async (job) => {
      await assertFailure(job, (input) => {
        const pairs = input.map(withName("pairs", (value: string) => ({ key: value, value: 1 })));
        const groups = grouped(pairs, "innocent");
        const keys = groups.map(withName("keys", (element: { key: string }) => element.key));
        return keys.apply(withName("guilty", failing({ where: "process" }))).main;
      });
    });

    rule("a failure ends a run whose sources would go on for ever", "errors", async (job) => {
      const error = await job.runFailing((root: Root) => {
        const input = job.script(root, "endless", [at(0, SECRET), forever()]);
        job.collect(input.apply(withName("guilty", failing({ where: "process" }))).main, "out");
      });
      assertNamesStage(error, "guilty");
    });

    rule("what a stage itself says about a wrong setting reaches the user", "errors", async (job) => {
      const error = await job.runFailing((root: Root) => {
        const input = job.records(root, "texts", [{ value: "any", atMs: 0 }]);
        job.collect(input.apply(misconfigured()).main, "out");
      });
      assert.ok(error instanceof BeamError);
      assert.equal(error.code, "MODEL_NOT_FOUND");
      assert.match(error.message, /The model does not exist; choose another\./);
    });
  });
}

/** The failing stage sits in a composite, so that its unique name is a path. */
async function assertFailure(
  job: Job,
  guilty: (input: PCollection<string>) => PCollection<string>,
  stage = "outer/guilty",
): Promise<void> {
  const error = await job.runFailing((root) => {
    const input = job.records(
      root,
      "texts",
      ["good SECRET-1", SECRET, "good SECRET-2"].map((value) => ({ value, atMs: 0 })),
    );
    const output = input.apply(withName("outer", (collection: PCollection<string>) => guilty(collection)));
    job.collect(output, "out");
  });
  assertNamesStage(error, stage);
}

function assertNamesStage(error: Error, stage: string): void {
  assert.ok(error instanceof BeamError, `not a BeamError: ${error.name}`);
  assert.equal(error.code, "PIPELINE");
  assert.ok(error.message.includes(stage), `"${error.message}" does not name ${stage}`);
  assert.ok(!error.message.includes("SECRET"), "the message holds the element's content");
}
