import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findServices } from "../../../src/local/folder";
import { until } from "../../support/until";

const ROOT = path.resolve(__dirname, "../../..");
/** Signals closer together count as one. */
const SECOND_WISH_MS = 1_100;

describe("Ctrl-C while services start", function () {
  this.timeout(120_000);

  it("ends the job at once when it comes twice", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "stop-early-"));
    const job = spawn(process.execPath, ["scripts/bootstrap.mjs", "src/main.ts", "--data-dir", folder], { cwd: ROOT });
    try {
      let output = "";
      job.stdout.on("data", (chunk: Buffer) => void (output += chunk.toString()));
      const ended = new Promise<number | null>((resolve) => job.once("close", resolve));
      await until("the services start", () => output.includes("Starting Kinesis"));
      job.kill("SIGINT");
      await sleep(SECOND_WISH_MS);
      job.kill("SIGINT");
      assert.equal(await ended, 130);
      assert.doesNotMatch(output, /127\.0\.0\.1/, "it waited for the services");
      assert.equal(await findServices(folder), undefined);
    } finally {
      job.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
    }
  });
});
