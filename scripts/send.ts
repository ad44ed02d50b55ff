import { runTool } from "../src/cli/run-tool";
import { send } from "../src/cli/send";

void runTool(async () => {
  process.stdout.write(`${await send(process.argv.slice(2), process.env)}\n`);
});
