import { deadLetters } from "../src/cli/dead-letters";
import { runTool } from "../src/cli/run-tool";

void runTool(async () => {
  const width = process.stdout.columns ?? 130;
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  process.stdout.write(`${await deadLetters(process.argv.slice(2), process.env, width, say)}\n`);
});
