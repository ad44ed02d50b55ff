/** Builds the job on the managed service's JobManager: `node pipeline.js <file of runtime properties>`. */
import { readFile } from "node:fs/promises";
import { BeamError } from "../../../src/beam/error";
import { JobError } from "../../../src/chat/errors";
import { managedJob } from "./job";
import { WAITS_FOR_IT } from "./waits";

async function main(): Promise<string> {
  const [file = ""] = process.argv.slice(2);
  const content = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new JobError("BAD_OPTION", `There are no runtime properties at ${file}.`, { cause });
  });
  return JSON.stringify(await managedJob(content, warn));
}

void main().then(
  // Exits at once, because kept-alive sockets would hold the process for seconds.
  (job) => process.stdout.write(job, () => process.exit(0)),
  (error: unknown) => {
    const words = error instanceof BeamError ? `[${error.code}] ${error.message}` : unexpected(error);
    process.stderr.write(`${words}\n`, () => process.exit(1));
  },
);

/** Writes no code in brackets, which would stand for a failure. */
function warn({ message }: JobError): void {
  process.stderr.write(`${message} ${WAITS_FOR_IT}\n`);
}

/** Puts the reason into the last line, which the calling program takes for it. */
function unexpected(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack ?? ""}\n[PIPELINE] The pipeline could not be built: ${error.message.split("\n")[0]}`;
}
