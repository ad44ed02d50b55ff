/** A worker of these tests as a process of its own. */
import "./stages";
import { redirectLogs, roomLog } from "../../../../src/log";
import { serveAsWorker } from "../../../../src/beam/harness/program";

serveAsWorker({ redirectLogs, authorText: process.env["TEST_WORKER_HIDES"] === undefined ? "shown" : "hidden" });

if (process.env["TEST_WORKER_PRINTS"] !== undefined) {
  setTimeout(() => {
    console.log("read %d", 3, { of: "secret" });
    console.debug("detail");
    console.warn("one\ntwo");
    console.error(new Error("no answer").message);
    process.stdout.write("no end ");
    process.stdout.write(Buffer.from("of lin€").subarray(0, 8));
    process.stdout.write(Buffer.from("of lin€").subarray(8));
    process.stderr.write("plain\n", () => console.info("written"));
  }, 1_000);
}

if (process.env["TEST_WORKER_FAILS"] !== undefined) {
  setTimeout(() => {
    roomLog("test").error({ attempts: 3 }, "about to fail");
    throw new TypeError("secret");
  }, 1_000);
}
