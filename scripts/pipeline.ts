/** Runs the pipeline of any file: `npm run pipeline -- [options] <file> [arguments of its build]`. */
import { existsSync } from "node:fs";
import path from "node:path";
import { runPipeline } from "../runners/run-pipeline";
import type { Root } from "../src/beam";
import { JobError } from "../src/chat/errors";
import { listenForStop } from "../src/cli/start/stop-signals";
import { readPipelineOptions } from "../src/cli/pipeline-options";
import { runTool } from "../src/cli/run-tool";

type Build = (root: Root, args: readonly string[]) => void;

/** The file's `build(root, args)`. */
function buildOf(file: string): Build {
  if (!existsSync(file)) throw new JobError("BAD_OPTION", `There is no file ${file}.`);
  const exported: unknown = require(file); // eslint-disable-line @typescript-eslint/no-require-imports
  if (typeof exported === "object" && exported !== null && "build" in exported && typeof exported.build === "function")
    return exported.build as Build;
  throw new JobError("BAD_OPTION", `${file} exports no function build(root, args).`);
}

async function main(): Promise<void> {
  const { runner, flink, args, ...own } = readPipelineOptions(process.argv.slice(2), process.env);
  const file = path.resolve(own.file);
  const build = buildOf(file);
  const signals = listenForStop();
  const metrics = await runPipeline((root) => build(root, args), {
    runner,
    modules: [file],
    ...(flink === undefined ? {} : { flink }),
    ...(flink?.master === undefined ? {} : { flinkMaster: flink.master }),
    signal: signals.drain,
    say: (line) => void process.stderr.write(`${line}\n`),
  });
  signals.release();
  for (const { transform, name: metric, value } of metrics.filter((own) => own.value !== 0)) {
    process.stdout.write(`${transform} ${metric}: ${typeof value === "number" ? value : JSON.stringify(value)}\n`);
  }
}

void runTool(main).then(() => process.exit());
