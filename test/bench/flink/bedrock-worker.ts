/** The worker process of the Bedrock benchmark on Flink. */
import "../../../src/io/bedrock/summarise";
import "./trickle";
import { serveAsWorker } from "../../../src/beam/harness/program";

serveAsWorker();
