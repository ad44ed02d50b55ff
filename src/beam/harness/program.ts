// Splittable DoFns' coders must be known to every worker, whether its pipeline's modules import them or not.
import "../authoring/transforms";
import { runWorker, workerArguments } from "./worker";

/** The whole life of a worker process: serves the runner that started it, and ends with it. */
export function serveAsWorker(): void {
  Promise.resolve()
    .then(() => runWorker(workerArguments(process.argv.slice(2))))
    .then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        process.exit(1);
      },
    );
}
