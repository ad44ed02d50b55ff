import assert from "node:assert/strict";
import { type PCollection, type Root, withName } from "../../sdk";
import { BeamError } from "../../error";
import {
  caused,
  failing,
  type FailingCall,
  failingCalls,
  failingMap,
  failingSource,
  forgetful,
  misconfigured,
  misled,
} from "../fns/failing";
import { grouped } from "../support/grouping";
import type { Job } from "../support/job";
import type { Rule } from "../support/rule";
import { at, forever } from "../support/steps";

const SECRET = "bad SECRET-4711";
const HIDDEN = { authorText: "hidden" } as const;

interface Guilty {
  readonly fails: (input: PCollection<string>) => PCollection<string>;
  /** Text that the error must contain. */
  readonly says: string;
  readonly stage?: string;
}

/** Failing stages of each kind of DoFn, by what they do. */
const GUILTY: Readonly<Record<string, Guilty>> = {
  "throw in open": throwing("open"),
  "throw in startBundle": throwing("startBundle"),
  "throw in process": throwing("process"),
  "throw in finishBundle": throwing("finishBundle"),
  "throw in a function of the SDK": {
    fails: (input) => input.map(withName("guilty", failingMap)),
    says: "map cannot bear",
    stage: "outer/map(guilty)",
  },
  "call that rejects": calling("rejects"),
  "call that throws": calling("throws"),
  "throw in a splittable DoFn": {
    fails: (input) => {
      const counts = input.map(withName("as counts", (name: string) => ({ name, count: 3 })));
      const source = failingSource({ parts: 1, checkpointEvery: 0, delayMs: 0, seed: 0 });
      return counts.apply(withName("guilty", source)).main;
    },
    says: "source cannot bear",
  },
};

function throwing(where: FailingCall): Guilty {
  return {
    fails: (input) => input.apply(withName("guilty", failing({ where }))).main,
    says: `${where} cannot bear`,
  };
}

function calling(how: "rejects" | "throws"): Guilty {
  return {
    fails: (input) => input.apply(withName("guilty", failingCalls({ how }))).main,
    says: "call cannot bear",
  };
}

export function errorRules(rule: Rule): void {
  describe("Errors", () => {
    for (const [title, { fails, says, stage }] of Object.entries(GUILTY)) {
      rule(`a ${title} ends the run and tells its stage, its words and its place`, "errors", async (job) => {
        const error = await failureOf(job, fails);
        assertNamesStage(error, stage);
        assert.ok(error.message.includes(says), error.message);
        assert.match(error.message, /\(at .*failing\.ts:\d+:\d+\)/);
        assert.match((error.cause as Error | undefined)?.stack ?? "", /^\s+at .*failing\.ts:\d+:\d+\)?$/m);
      });

      rule(
        `a ${title} tells its stage and its place alone where authors' text is hidden`,
        "errors",
        async (job) => {
          const error = await failureOf(job, fails);
          assertNamesStage(error, stage);
          assert.doesNotMatch(error.message, /SECRET|cannot bear/);
        },
        HIDDEN,
      );
    }

    rule("what caused an error is told with it", "errors", async (job) => {
      const error = await failureOf(job, (input) => input.apply(withName("guilty", caused())).main);
      assert.match(
        error.message,
        /failed with Error: no answer \(at .*\), caused by TypeError: no address, caused by /,
      );
    });

    rule("an output that a DoFn does not have is named, with those that it has", "errors", async (job) => {
      const error = await failureOf(job, (input) => input.apply(withName("guilty", misled())).main);
      assert.match(error.message, /"outer\/guilty" failed: It has no output "dead", only "main" \(at .*failing\.ts:/);
    });

    rule("positions that a splittable DoFn leaves out are named", "errors", async (job) => {
      const error = await failureOf(job, (input) => input.apply(withName("guilty", forgetful())).main);
      assertNamesStage(error);
      assert.match(error.message, /Positions from 5 to 10 were never claimed/);
    });

    rule("a failure behind a shuffle names its own stage, not the one that feeds it", "errors", async (job) => {
      const error = await failureOf(job, (input) => {
        const pairs = input.map(withName("pairs", (value: string) => ({ key: value, value: 1 })));
        const groups = grouped(pairs, "innocent");
        const keys = groups.map(withName("keys", (element: { key: string }) => element.key));
        return keys.apply(withName("guilty", failing({ where: "process" }))).main;
      });
      assertNamesStage(error);
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

/** Puts the failing stage into a composite, so that its unique name is a path. */
function failureOf(job: Job, fails: Guilty["fails"]): Promise<Error> {
  return job.runFailing((root) => {
    const input = job.records(
      root,
      "texts",
      ["good SECRET-1", SECRET, "good SECRET-2"].map((value) => ({ value, atMs: 0 })),
    );
    const output = input.apply(withName("outer", (collection: PCollection<string>) => fails(collection)));
    job.collect(output, "out");
  });
}

function assertNamesStage(error: Error, stage = "outer/guilty"): void {
  assert.ok(error instanceof BeamError, `not a BeamError: ${error.name}`);
  assert.equal(error.code, "PIPELINE");
  assert.ok(error.message.includes(stage), `"${error.message}" does not name ${stage}`);
}
