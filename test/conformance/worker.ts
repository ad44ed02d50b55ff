/** The suite's worker process on portable runners. */
import "./fns";
import { serveAsWorker } from "../../src/beam/harness/program";

serveAsWorker();
