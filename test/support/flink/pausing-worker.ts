/** The worker process of sources that pause, with the functions of the conformance suite. */
import "./pausing-source";
import "../../../src/beam/testing/fns";
import { serveAsWorker } from "../../../src/beam/harness/program";

serveAsWorker();
