import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findServices } from "../../../src/local/folder";
import { startFaultProxy } from "../../support/faults/fault-proxy";
import { startJob } from "../../support/chat/job";
import { putChat } from "../../support/kinesis/producer";
import { randomChat } from "../../support/chat/random-chat";
import { startServices } from "../../support/services";
import { StoredIndex } from "../../support/opensearch/stored";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const ROOT = path.resolve(__dirname, "../../..");
/** Signals closer together count as one. */
const SECOND_WISH_MS = 1_100;

describe("Ctrl-C twice", function () {
  this.timeout(120_000);

  it("ends the job at once while services start", async () => {
    const folder = makeFolder("stop-early");
    const job = spawn(process.execPath, ["scripts/bootstrap.mjs", "src/main.ts", "--data-dir", folder], { cwd: ROOT });
    try {
      let output = "";
      job.stdout.on("data", (chunk: Buffer) => void (output += chunk.toString()));
      const ended = new Promise<number | null>((resolve) => job.once("close", resolve));
      await until("the services start", () => output.includes("Starting Kinesis"), 90_000);
      job.kill("SIGINT");
      await until("the first is heard", () => output.includes("Stopping as soon as"), 60_000);
      await sleep(SECOND_WISH_MS);
      job.kill("SIGINT");
      assert.equal(await ended, 130);
      assert.doesNotMatch(output, /127\.0\.0\.1/, "it waited for the services");
      assert.equal(await findServices(folder), undefined);
    } finally {
      job.kill("SIGKILL");
      await removeFolder(folder);
    }
  });

  it("ends the job at once when OpenSearch takes documents and never answers", async () => {
    const services = await startServices();
    const proxy = await startFaultProxy(services.openSearch.url());
    try {
      const stream = "hanging";
      await services.kinesis.createStream(stream, 1);
      const targets = { ...services.targets(stream), openSearch: proxy.url };
      const flags = ["--start-position", "TRIM_HORIZON", "--session-gap", "1s", "--idle-timeout", "1s"];
      const job = startJob(targets, flags);
      const send = (seed: number) => {
        const chat = { users: 5, messagesPerUser: 3, startMs: Date.now() - 600_000, disorderMs: 0, aggregated: 0 };
        return putChat(services.kinesis.client, stream, randomChat(seed, chat));
      };
      const stored = new StoredIndex(services.openSearch.url(), stream);
      await send(5);
      await until("it runs, and has written documents", async () => (await stored.count()) > 0, 60_000);
      await stored.close();
      proxy.setRule({ matches: (request) => request.path.includes("_bulk"), fraction: 1, faults: [{ kind: "hang" }] });
      await send(6);
      await until("a bulk request hangs", () => proxy.faultCount() > 0, 60_000);
      job.signal("SIGINT");
      // The job may hear the first one late.
      await sleep(3 * SECOND_WISH_MS);
      job.signal("SIGINT");
      const askedMs = performance.now();
      const { exitCode, stderr } = await job.ended;
      assert.equal(exitCode, 130, stderr);
      assert.doesNotMatch(stderr, / {4}at /);
      // The test must not wait for the request's own time-out, which is 30 s.
      assert(performance.now() - askedMs < 20_000);
    } finally {
      await proxy.close();
      await services.stop();
    }
  });
});
