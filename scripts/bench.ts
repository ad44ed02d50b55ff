/** Runs the benchmarks one after the other and prints their tables, or one JSON object. */
import { cpus, totalmem } from "node:os";
import Table from "cli-table3";
import { InvalidArgumentError, program } from "commander";
import { BENCHMARKS, FLINK_BENCHMARKS, LONG_BENCHMARKS, PAGE_BENCHMARKS } from "../test/bench";
import type { Benchmark, Row } from "../test/bench/harness/benchmark";

interface Flags {
  readonly json: boolean;
  readonly scale: number;
}

const ALL = [...BENCHMARKS, ...PAGE_BENCHMARKS, ...FLINK_BENCHMARKS, ...LONG_BENCHMARKS];
/** Stands for all of Flink's benchmarks. */
const FLINK = "flink";
const NAMES = [...ALL.map(({ name }) => name), FLINK].join(", ");

function parseScale(value: string): number {
  const scale = Number(value);
  if (!(scale > 0 && scale <= 10)) throw new InvalidArgumentError("It must be above 0 and at most 10.");
  return scale;
}

program
  .name("npm run bench --")
  .description("Measures the job on this machine, against local servers.")
  .argument("[names...]", `which benchmarks: ${NAMES}; without a name ${BENCHMARKS.map(({ name }) => name).join(", ")}`)
  .option("--json", "print one JSON object instead of tables", false)
  .option("--scale <factor>", "1 is the whole benchmark, less a shorter one", parseScale, 1)
  .action(async (names: readonly string[], { json, scale }: Flags) => {
    const unknown = names.find((name) => name !== FLINK && !ALL.some((benchmark) => benchmark.name === name));
    if (unknown !== undefined) program.error(`There is no benchmark "${unknown}"; there are: ${NAMES}.`);
    const isChosen = (benchmark: Benchmark): boolean =>
      names.includes(benchmark.name) || (names.includes(FLINK) && FLINK_BENCHMARKS.includes(benchmark));
    const chosen = names.length === 0 ? BENCHMARKS : ALL.filter(isChosen);
    const results: Record<string, readonly Row[]> = {};
    if (!json) process.stdout.write(`${machine()}\n`);
    for (const benchmark of chosen) {
      const rows = await benchmark.run(scale);
      results[benchmark.name] = rows;
      if (!json) process.stdout.write(`\n${asText(benchmark, rows)}\n`);
    }
    if (json) process.stdout.write(`${JSON.stringify({ machine: machine(), scale, results })}\n`);
  });

function machine(): string {
  const processors = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${processors[0]?.model ?? "processor"}, ${gib} GiB, Node ${process.version}`;
}

function asText({ title, notMeasured }: Benchmark, rows: readonly Row[]): string {
  const head = Object.keys(rows[0] ?? {});
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const row of rows) table.push(head.map((column) => String(row[column] ?? "")));
  return `${title}\n${table.toString()}\n${notMeasured}`;
}

void program.parseAsync();
