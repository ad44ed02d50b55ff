/** The worker process of the speed benchmark. */
import "./speed-pipeline";
import { serveAsWorker } from "../../../src/beam/harness/program";

serveAsWorker();
