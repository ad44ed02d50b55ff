import { pipeline } from "../src/cli/pipeline";
import { runTool } from "../src/cli/run-tool";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

void runTool(async () => {
  const { text, exitCode } = await pipeline(process.argv.slice(2), process.env, say);
  process.stdout.write(text);
  process.exitCode = exitCode;
}).then(() => process.exit());
