/** The suite's worker process on portable runners. */
import "./fns";
import { serveAsWorker } from "../harness/program";

serveAsWorker();
