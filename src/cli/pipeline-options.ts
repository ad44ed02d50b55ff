/** The options of `npm run pipeline`: those of the job's that have a meaning for any pipeline. */
import path from "node:path";
import type { Target } from "../beam/target";
import { JobError } from "../chat/errors";
import { readCommandLine, typed } from "../options/command-line";
import { FLINK_RULES, flinkSettings, flinkTarget } from "../options/flink";
import { choice, onOff } from "../options/kinds";
import { option, without } from "../options/spec";
import { LOCAL } from "../options/local";
import { CLUSTER, FLINK } from "../options/table";

export interface PipelineOptions {
  readonly target: Target;
  readonly file: string;
  /** Arguments for the file's `build`. */
  readonly args: readonly string[];
}

const RUNNING = {
  runner: option(choice(["direct", "flink"]), "direct", "What runs the pipeline: this process, or Flink"),
  check: option(
    onOff,
    "false",
    "In this process: encode and decode all that goes from one transform to the next, as Flink would",
  ),
} as const;
// A pipeline decides for itself how long it waits for its services.
const ON_FLINK = without(FLINK, "maxRetryTime");
const HERE = {
  dataDir: { ...LOCAL.dataDir, says: "Folder of the Flink on this machine: workers, savepoints" },
} as const;
const ALL = { ...RUNNING, ...ON_FLINK, ...CLUSTER, ...HERE } as const;

const INFO = {
  usage: "npm run pipeline --",
  says: "Runs the pipeline that a TypeScript file's build(root, args) makes.",
  operand: "<file> [arguments of its build]",
  operandsOnlyLast: true,
  after: "docs/your-own-pipeline.md shows how to write such a file.",
} as const;

/** Throws `JobError` BAD_OPTION with one sentence for a wrong option, `HelpWanted` for --help. */
export function readPipelineOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): PipelineOptions {
  const tables = {
    Running: RUNNING,
    "Flink (--runner flink)": ON_FLINK,
    "Flink cluster (--flink-master)": CLUSTER,
    "This machine": HERE,
  };
  const line = readCommandLine(tables, INFO, argv, environment);
  const values = typed(line, ALL);
  const refusal = FLINK_RULES.map((rule) => rule({ values, origins: line.origins })).find(
    (sentence) => typeof sentence === "string",
  );
  if (typeof refusal === "string") throw new JobError("BAD_OPTION", refusal);
  const [file, ...args] = line.operands;
  if (file === undefined)
    throw new JobError("BAD_OPTION", "The file of the pipeline is missing; --help shows how to name it.");
  const dataDirectory = path.resolve(values.dataDir);
  const target =
    values.runner === "flink"
      ? flinkTarget(flinkSettings(values), { dataDirectory, isBound: false })
      : ({ kind: "direct", options: { check: values.check } } as const);
  return { target, file, args };
}
