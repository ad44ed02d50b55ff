/**
 * The program of a worker process without a bundle of its own. BEAM_WORKER_MODULES names the modules, separated by
 * commas, that register the pipeline's DoFns and coders: the same that were loaded where the pipeline was built.
 */
import { createRequire } from "node:module";
import { serveAsWorker } from "./program";

// Not `import()`: names without an extension are meant, as `require` resolves them.
const load = createRequire(__filename);

for (const name of (process.env["BEAM_WORKER_MODULES"] ?? "").split(",").filter((own) => own !== "")) load(name);
serveAsWorker();
