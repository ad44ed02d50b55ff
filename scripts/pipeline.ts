/** Runs the pipeline of any file: `npm run pipeline -- [options] <file> [arguments of its build]`. */
import { existsSync } from "node:fs";
import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { runPipeline } from "../runners/run-pipeline";
import type { Root } from "../src/beam";
import { JobError } from "../src/errors";
import { listenForStop } from "../src/job/stop-signals";
import { runTool } from "../src/tools/run-tool";

interface Flags {
  readonly runner: "direct" | "flink";
  readonly parallelism: number;
  readonly workers: number;
  readonly flinkMaster?: string;
}

type Build = (root: Root, args: readonly string[]) => void;

function countUpTo(max: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (Number.isInteger(count) && count >= 1 && count <= max) return count;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`);
  };
}

/** The file's `build(root, args)`. */
function buildOf(file: string): Build {
  if (!existsSync(file)) throw new JobError("BAD_OPTION", `There is no file ${file}.`);
  const exported: unknown = require(file); // eslint-disable-line @typescript-eslint/no-require-imports
  if (typeof exported === "object" && exported !== null && "build" in exported && typeof exported.build === "function")
    return exported.build as Build;
  throw new JobError("BAD_OPTION", `${file} exports no function build(root, args).`);
}

async function main(): Promise<void> {
  const command = new Command("npm run pipeline --")
    .description("Run the pipeline that a file's build(root, args) makes")
    .argument("<file>", "TypeScript file that exports build and registers its classes")
    .argument("[args...]", "given to build")
    .addOption(new Option("--runner <name>", "what runs it").choices(["direct", "flink"]).default("direct"))
    .option("--parallelism <n>", "Flink: tasks of each stage", countUpTo(64), 2)
    .option("--workers <n>", "Flink: processes that run the pipeline's code", countUpTo(16), 1)
    .option("--flink-master <url>", "Flink: REST address of a cluster; without it, Flink runs on this machine")
    .passThroughOptions()
    .parse();
  const [name = "", ...args] = command.args;
  const { runner, parallelism, workers, flinkMaster } = command.opts<Flags>();
  const file = path.resolve(name);
  const build = buildOf(file);
  if (flinkMaster !== undefined && runner !== "flink") {
    throw new JobError("BAD_OPTION", "--flink-master is only of use with --runner flink.");
  }
  const signals = listenForStop();
  const metrics = await runPipeline((root) => build(root, args), {
    runner,
    modules: [file],
    flink: { parallelism, workers },
    ...(flinkMaster === undefined ? {} : { flinkMaster }),
    signal: signals.drain,
    say: (line) => void process.stderr.write(`${line}\n`),
  });
  signals.release();
  for (const { transform, name: metric, value } of metrics.filter((own) => own.value !== 0)) {
    process.stdout.write(`${transform} ${metric}: ${typeof value === "number" ? value : JSON.stringify(value)}\n`);
  }
}

void runTool(main).then(() => process.exit());
