/** The worker process of large elements. */
import "./large-elements";
import { serveAsWorker } from "../../../src/beam/harness/program";

serveAsWorker();
