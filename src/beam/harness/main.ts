/**
 * The program of a worker process. BEAM_WORKER_MODULES names the modules, separated by commas, that register the
 * pipeline's DoFns and coders: the same that were loaded where the pipeline was built.
 */
import { createRequire } from "node:module";
import { runWorker, workerArguments } from "./worker";

// Not `import()`: names without an extension are meant, as `require` resolves them.
const load = createRequire(__filename);

async function main(): Promise<void> {
  for (const name of (process.env["BEAM_WORKER_MODULES"] ?? "").split(",").filter((own) => own !== "")) {
    load(name);
  }
  await runWorker(workerArguments(process.argv.slice(2)));
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
