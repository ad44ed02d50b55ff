/** `npm run pipeline -- [options] <file> [arguments of its build]`: runs the pipeline of any file. */
import { existsSync } from "node:fs";
import path from "node:path";
import type { MetricResult, Root } from "../beam";
import { goOnWords, listenForStop, type RunEnd, runPipeline, unlessCancelled } from "../beam/host";
import { JobError } from "../chat/errors";
import { readPipelineOptions } from "./pipeline-options";

type Build = (root: Root, args: readonly string[]) => void | Promise<void>;

export interface PipelineAnswer {
  /** The run's metrics, a line each. */
  readonly text: string;
  readonly exitCode: number;
}

/**
 * Runs the pipeline of a file. `say` gets news for the user while it runs. Rejects with `BeamError` or `HelpWanted`.
 */
export async function pipeline(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<PipelineAnswer> {
  const { target, args, ...own } = readPipelineOptions(argv, environment);
  const file = path.resolve(own.file);
  const build = buildOf(file);
  const signals = listenForStop();
  const { drain: stop, cancel } = signals;
  try {
    const run = runPipeline((root) => build(root, args), { target, modules: [file], stop, cancel, say });
    const end = await unlessCancelled(run, cancel);
    if (end === undefined) return { text: "", exitCode: 130 };
    if (end.savepoint !== undefined)
      say(goOnWords(end.savepoint, `npm run pipeline -- --runner flink --from-savepoint ${end.savepoint}`));
    return { text: metricsText(end), exitCode: cancel.aborted ? 130 : 0 };
  } finally {
    signals.release();
  }
}

/** Loads the file's `build(root, args)`. */
function buildOf(file: string): Build {
  if (!existsSync(file)) throw new JobError("BAD_OPTION", `There is no file ${file}.`);
  const exported: unknown = require(file); // eslint-disable-line @typescript-eslint/no-require-imports -- an author names it
  if (typeof exported === "object" && exported !== null && "build" in exported && typeof exported.build === "function")
    return exported.build as Build;
  throw new JobError("BAD_OPTION", `${file} exports no function build(root, args).`);
}

/** Flink reports a metric as both when it cannot tell a counter from a gauge. */
function metricsText({ metrics }: RunEnd): string {
  const counters = new Set(metrics.filter(({ kind }) => kind === "counter").map(nameOf));
  return metrics
    .filter((metric) => metric.value !== 0 && (metric.kind !== "gauge" || !counters.has(nameOf(metric))))
    .map(
      (metric) =>
        `${nameOf(metric)}: ${typeof metric.value === "number" ? metric.value : JSON.stringify(metric.value)}\n`,
    )
    .join("");
}

function nameOf({ transform, name }: MetricResult): string {
  return `${transform} ${name}`;
}
