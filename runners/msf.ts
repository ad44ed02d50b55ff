/** `npm run msf`: the job on Amazon Managed Service for Apache Flink. */
import { createInterface } from "node:readline/promises";
import { runTool } from "../src/cli/terminal/run-tool";
import { runMsf } from "./msf/commands";

const ended = new AbortController();
process.once("SIGINT", () => {
  ended.abort();
  // Exits at once, because waiting for AWS leaves nothing to tidy up: AWS goes on by itself, and the same command
  // continues.
  setImmediate(() => process.exit(130));
});

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await asked.question(question);
  } finally {
    asked.close();
  }
}

void runTool(() =>
  runMsf(process.argv.slice(2), {
    environment: process.env,
    say: (line) => process.stderr.write(`${line}\n`),
    write: (line) => process.stdout.write(`${line}\n`),
    ask,
    ended: ended.signal,
  }),
);
