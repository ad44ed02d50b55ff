import type { AuthorText } from "../../failure/stage-error";
import type { Runner } from "../../runner";
import { CAPABILITIES, type Capability, type Skips } from "../capabilities";
import { Job } from "./job";

/** Settings that a rule may ask of its runner. Without them the runner has its defaults. */
export interface RunnerSettings {
  readonly authorText?: AuthorText;
}

/** Makes a runner for one rule. */
export type RunnerFactory = (settings: RunnerSettings) => Runner | Promise<Runner>;

export interface RuleOptions {
  readonly skips: Skips;
  /** Time limit for one rule, and for any wait in it. */
  readonly timeoutMs: number;
  /** Number of random cases per property. */
  readonly propertyRuns: number;
  readonly propertySeed: number;
}

/** Declares one rule as a mocha test. `title` states the rule; `body` builds and runs pipelines that prove it. */
export type Rule = (
  title: string,
  capability: Capability,
  body: (job: Job) => Promise<void>,
  settings?: RunnerSettings,
) => void;

export function ruleFor(makeRunner: RunnerFactory, options: RuleOptions): Rule {
  return (title, capability, body, settings = {}) => {
    const reason = options.skips[capability];
    if (reason !== undefined) {
      it(`${title} [skipped: ${CAPABILITIES[capability]}: ${reason}]`, function () {
        this.skip();
      });
      return;
    }
    it(title, async function () {
      this.timeout(options.timeoutMs + 5_000);
      const job = new Job(await makeRunner(settings), options.timeoutMs);
      try {
        await within(options.timeoutMs, body(job));
      } finally {
        await job.close();
      }
    });
  };
}

/** Rejects when the time is up. mocha's own time-out would not close the job of a rule that hangs. */
async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the rule did not end within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
