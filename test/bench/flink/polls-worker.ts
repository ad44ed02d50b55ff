/** The worker process of the benchmark of polls. */
import "./polls-fns";
import { serveAsWorker } from "../../../src/beam/harness/program";

serveAsWorker();
