/** The worker process of this job on portable runners: knows every DoFn and coder of the pipeline. */
import "./pipeline";
import "./redrive";
import { serveAsWorker } from "./beam/harness";
import { redirectLogs, setLogLevel } from "./log";

setLogLevel(process.env["CHAT_SESSIONS_LOG_LEVEL"] ?? "warn");
serveAsWorker({ redirectLogs, authorText: "hidden" });
