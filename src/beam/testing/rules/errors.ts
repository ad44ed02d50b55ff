import assert from "node:assert/strict";
import * as beam from "apache-beam";
import { asyncParDo, splittableParDo, taggedParDo } from "../../authoring/transforms";
import { P, type PCollection, type Root } from "../../sdk";
import { BeamError } from "../../error";
import { offsetRangeCoder } from "../fns/counting-source";
import { Failing, FailingCalls, type FailingCall, failingMap, FailingSource, Misconfigured } from "../fns/failing";
import { anyCoder } from "../support/coders";
import { grouped } from "../support/grouping";
import type { Job } from "../support/job";
import type { Rule } from "../support/rule";
import { at, forever } from "../support/steps";

const SECRET = "bad SECRET-4711";
const outputs = { main: anyCoder<string>() };

export function errorRules(rule: Rule): void {
  describe("Errors", () => {
    const kinds: Record<FailingCall, string> = {
      setup: "setup",
      startBundle: "startBundle",
      process: "process",
      finishBundle: "finishBundle",
    };
    for (const call of Object.keys(kinds) as FailingCall[]) {
      rule(`a throw in ${call} ends the run, names the stage and keeps the data private`, "errors", async (job) => {
        await assertFailure(job, (input) => P(input).apply(taggedParDo("guilty", new Failing(call), outputs)).main);
      });
    }

    rule(
      "a throw in a function of the SDK ends the run, names the stage and keeps the data private",
      "errors",
      async (job) => {
        await assertFailure(
          job,
          (input) => input.map<string, undefined>(beam.withName("guilty", failingMap)),
          "outer/map(guilty)",
        );
      },
    );

    for (const how of ["rejects", "throws"] as const) {
      rule(`a call that ${how} ends the run, names the stage and keeps the data private`, "errors", async (job) => {
        await assertFailure(job, (input) => P(input).apply(asyncParDo("guilty", new FailingCalls(how), outputs)).main);
      });
    }

    rule(
      "a throw in a splittable DoFn ends the run, names the stage and keeps the data private",
      "errors",
      async (job) => {
        await assertFailure(job, (input) => {
          const counts = input.map(beam.withName("as counts", (name: string) => ({ name, count: 3 })));
          const source = new FailingSource({ parts: 1, checkpointEvery: 0, delayMs: 0, seed: 0 });
          const options = { restriction: offsetRangeCoder, bounded: true, outputs };
          return P(counts as PCollection<{ name: string; count: number }>).apply(
            splittableParDo("guilty", source, options),
          ).main;
        });
      },
    );

    rule("a failure behind a shuffle names its own stage, not the one that feeds it", "errors", async (job) => {
      await assertFailure(job, (input) => {
        const pairs = input.map(beam.withName("pairs", (value: string) => ({ key: value, value: 1 })));
        const groups = grouped(pairs as PCollection<{ key: string; value: number }>, "innocent");
        const keys = groups.map(beam.withName("keys", (element: { key: string }) => element.key));
        return P(keys).apply(taggedParDo("guilty", new Failing("process"), outputs)).main;
      });
    });

    rule("a failure ends a run whose sources would go on for ever", "errors", async (job) => {
      const error = await job.runFailing((root: Root) => {
        const input = job.script(root, "endless", [at(0, SECRET), forever()]);
        job.collect(P(input).apply(taggedParDo("guilty", new Failing("process"), outputs)).main, "out");
      });
      assertNamesStage(error, "guilty");
    });

    rule("what a stage itself says about a wrong setting reaches the user", "errors", async (job) => {
      const error = await job.runFailing((root: Root) => {
        const input = job.records(root, "texts", [{ value: "any", atMs: 0 }]);
        job.collect(P(input).apply(taggedParDo("misconfigured", new Misconfigured(), outputs)).main, "out");
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
  failing: (input: PCollection<string>) => PCollection<string>,
  stage = "outer/guilty",
): Promise<void> {
  const error = await job.runFailing((root) => {
    const input = job.records(
      root,
      "texts",
      ["good SECRET-1", SECRET, "good SECRET-2"].map((value) => ({ value, atMs: 0 })),
    );
    const output = P(input).apply(beam.withName("outer", (collection: PCollection<string>) => failing(collection)));
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
