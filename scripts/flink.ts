import { flinkJobs } from "../src/cli/flink";
import { runTool } from "../src/cli/run-tool";

void runTool(async () => {
  process.stdout.write(`${await flinkJobs(process.argv.slice(2), process.env)}\n`);
});
