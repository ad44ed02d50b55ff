import { runTool } from "../src/tools/run-tool";
import { send } from "../src/tools/send";

void runTool(async () => {
  process.stdout.write(`${await send(process.argv.slice(2), process.env)}\n`);
});
