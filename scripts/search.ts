import { runTool } from "../src/tools/run-tool";
import { search } from "../src/tools/search";

void runTool(async () => {
  const width = process.stdout.columns ?? 120;
  const answer = await search(process.argv.slice(2), process.env, width, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${answer}\n`);
});
