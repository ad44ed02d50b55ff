/** `npm start`: reads the options and runs the job. */
import { directTarget } from "../runners/direct";
import { jobOnFlink } from "../runners/flink";
import { BeamError } from "./beam/error";
import { runJob } from "./cli/start/run";
import { HelpWanted, readOptions } from "./options";

async function main(): Promise<number> {
  const { stdout } = process;
  try {
    const options = readOptions(process.argv.slice(2), process.env);
    const target = options.flink === undefined ? directTarget(options) : jobOnFlink(options, options.flink);
    return await runJob(options, target, {
      write: (text) => void stdout.write(text),
      isTTY: stdout.isTTY && options.progress,
      // Some terminals say 0 when they do not know.
      columns: stdout.columns || 80,
    });
  } catch (error) {
    if (error instanceof HelpWanted) {
      stdout.write(`${error.help.trimEnd()}\n`);
      return 0;
    }
    if (!(error instanceof BeamError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

void main().then(
  (exitCode) => {
    process.exitCode = exitCode;
    // Sockets that clients keep alive for their next call would hold the process for seconds.
    process.stdout.write("", () => process.exit());
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
