import { flinkJobs } from "../src/tools/flink";
import { runTool } from "../src/tools/run-tool";

void runTool(async () => {
  process.stdout.write(`${await flinkJobs(process.argv.slice(2), process.env)}\n`);
});
