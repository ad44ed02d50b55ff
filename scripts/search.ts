import { runTool } from "../src/cli/run-tool";
import { search } from "../src/cli/search";

void runTool(async () => {
  const width = process.stdout.columns ?? 120;
  const answer = await search(process.argv.slice(2), process.env, width, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${answer}\n`);
});
