/**
 * Runs the conformance suite on one runner: `npm run conformance -- --runner direct [--seed 7] [--grep "late"]`.
 * Exit code 1 when a rule is broken or none was run, 2 when the command line is wrong.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import Mocha from "mocha";
import { type RunnerName, RUNNERS, type RunnerUnderTest, suite } from "../src/beam/testing";

interface Flags {
  readonly runner: RunnerName;
  readonly seed?: number;
  readonly grep?: string;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("A seed is a whole number from 0 to 999999999.");
  return Number(text);
}

function main(): void {
  const command = new Command("conformance")
    .description("Run the rules of Beam's model on one runner")
    .addOption(new Option("--runner <name>", "the runner").choices(Object.keys(RUNNERS)).default("direct"))
    .option("--seed <number>", "randomise order, bundles and cases from this seed, the same way each time", wholeNumber)
    .option("--grep <text>", "only rules whose title holds this text")
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse();
  const { runner, seed, grep } = command.opts<Flags>();

  const mocha = new Mocha({ reporter: "spec", ...(grep === undefined ? {} : { fgrep: grep }) });
  mocha.suite.emit("pre-require", globalThis, "conformance", mocha);
  const { make, close, ...options }: RunnerUnderTest = RUNNERS[runner];
  const title = seed === undefined ? `The ${runner} runner` : `The ${runner} runner, seed ${seed}`;
  suite(title, make(seed), { ...options, ...(seed === undefined ? {} : { propertySeed: seed }) });
  const run = mocha.run((failures) => {
    if (run.total === 0) process.stderr.write(`No rule's title holds "${grep ?? ""}".\n`);
    process.exitCode = failures === 0 && run.total > 0 ? 0 : 1;
    // Exits, because clients of a runner in another process may still keep this one alive.
    void close?.().finally(() => process.exit());
  });
}

main();
