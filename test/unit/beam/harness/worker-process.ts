/** A worker of these tests as a process of its own. */
import "./stages";
import { redirectLogs, roomLog } from "../../../../src/log";
import { serveAsWorker } from "../../../../src/beam/harness/program";

serveAsWorker({ redirectLogs });

if (process.env["TEST_WORKER_FAILS"] !== undefined) {
  setTimeout(() => {
    roomLog("test").error({ attempts: 3 }, "about to fail");
    throw new TypeError("secret");
  }, 1_000);
}
