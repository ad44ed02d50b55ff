/**
 * The job on a Flink of its own that redacts everything and tells two receivers of alerts, with the servers around it.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { FlinkRest } from "../../../src/beam/flink/flink-rest";
import { freePort } from "../../../src/beam/process";
import type { Faults as BedrockFaults } from "../../../src/local/bedrock/faults";
import type { Faults } from "../../../src/local/receiver/faults";
import { type LocalReceiver, startLocalReceiver } from "../../../src/local/receiver/server";
import { type JobTargets, type RunningJob, startJob, webPageOf } from "../chat/job";
import { type RecordingProxy, startRecordingProxy } from "../faults/recording-proxy";
import { putRaw, type RawRecord } from "../kinesis/producer";
import { workersBelow } from "../processes/running";
import { startServices } from "../services";
import { temporaryFolder } from "../temporary-folder";
import { until } from "../until";

const SHARDS = 2;
const LIMIT_MS = 120_000;

export interface AlertedJob {
  readonly targets: JobTargets;
  /** Flags that fit any runner. */
  readonly flags: readonly string[];
  readonly run: RunningJob;
  readonly webhook: LocalReceiver;
  readonly bus: LocalReceiver;
  readonly bedrock: RecordingProxy;
  readonly metricsUrl: string;
  /** Folder of Flink's checkpoints and logs, and of its workers' log, while the job runs. */
  readonly runsFolder: string;
  put(records: readonly RawRecord[]): Promise<void>;
  setBedrockFaults(change: Partial<BedrockFaults>): Promise<void>;
  /** Waits until the condition holds; fails if the job ends by itself. */
  whileRunning(what: string, holds: () => Promise<boolean> | boolean): Promise<void>;
  /** Kills all workers as a power cut would, once there are any. */
  killWorkers(): Promise<void>;
  /** Checkpoints that were completed, and restorations after a failure. */
  checkpoints(): Promise<{ readonly completed: number; readonly restored: number }>;
  /** Flink's description of failures. */
  failures(): Promise<string>;
  close(): Promise<void>;
}

/** Resolves once its workers live: before, the job checks its receivers. */
export async function startAlertedJob(stream: string, webhookFaults: Partial<Faults>): Promise<AlertedJob> {
  const [services, folder] = await Promise.all([startServices(), temporaryFolder(stream)]);
  const file = (name: string): string => path.join(folder.path, name);
  const key = randomBytes(32).toString("base64");
  writeFileSync(file("webhook.key"), key);
  const { publicKey } = generateKeyPairSync("x25519");
  writeFileSync(file("public.pem"), publicKey.export({ type: "spki", format: "pem" }));
  const [bedrock, webhook, bus, metricsPort] = await Promise.all([
    startRecordingProxy(services.bedrock.url),
    startLocalReceiver(0, Buffer.from(key), { faults: webhookFaults }),
    startLocalReceiver(0, Buffer.from(key), { faults: { throttleFraction: 0.2, seed: 2 } }),
    freePort(),
    services.kinesis.createStream(stream, SHARDS),
  ]);
  const flags = [
    ...["--alert-webhook", webhook.url, "--alert-webhook-key", file("webhook.key")],
    ...["--alert-bus", "default", "--eventbridge-endpoint", bus.url, "--log-level", "debug"],
    ...["--redact", "all", "--letter-key", file("public.pem"), "--max-message-bytes", "4KiB", "--max-age", "30d"],
    ...["--role-field", "role", "--attributes", "channel=meta.channel", "--alert-attributes", "channel"],
    ...["--allowed-disorder", "10s"],
  ];
  const onFlink = [
    ...["--runner", "flink", "--max-bundle-time", "50ms", "--checkpoint-interval", "1s", "--progress"],
    ...["--data-dir", file("data"), "--savepoint-dir", file("savepoints"), "--start-position", "TRIM_HORIZON"],
    ...["--metrics-port", String(metricsPort), "--idle-timeout", "1h"],
  ];
  const targets = { ...services.targets(stream), bedrock: bedrock.url };
  const run = startJob(targets, [...flags, ...onFlink]);
  const workers = (): readonly number[] => workersBelow(run.process.pid!);

  async function whileRunning(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    const isTrue = async (): Promise<boolean> => {
      if (run.process.exitCode !== null) throw new Error(`the job ended: ${JSON.stringify(await run.ended)}`);
      return holds();
    };
    await until(what, isTrue, LIMIT_MS);
  }

  async function flink() {
    const rest = new FlinkRest(webPageOf(run));
    const [{ jid } = { jid: "" }] = await rest.jobs();
    return { rest, jid };
  }

  const job: AlertedJob = {
    ...{ targets, flags, run, webhook, bus, bedrock, whileRunning },
    metricsUrl: `http://127.0.0.1:${metricsPort}`,
    runsFolder: file("data/flink-runs"),
    async put(records) {
      await putRaw(services.kinesis.client, stream, records);
    },
    async setBedrockFaults(change) {
      const headers = { "content-type": "application/json" };
      const url = `${services.bedrock.url}/_local/faults`;
      const { status } = await fetch(url, { method: "POST", headers, body: JSON.stringify(change) });
      if (status !== 200) throw new Error(`Bedrock's faults were not set: status ${status}`);
    },
    async killWorkers() {
      let pids: readonly number[] = [];
      await whileRunning("workers live", () => (pids = workers()).length > 0);
      for (const pid of pids) process.kill(pid, "SIGKILL");
    },
    async checkpoints() {
      const { rest, jid } = await flink();
      return (await rest.checkpoints(jid)).counts;
    },
    async failures() {
      const { rest, jid } = await flink();
      return JSON.stringify(await rest.failures(jid, 20));
    },
    async close() {
      run.signal("SIGKILL");
      await run.ended;
      await Promise.all([services.stop(), bedrock.close(), webhook.close(), bus.close()]);
      await folder.remove();
    },
  };
  await whileRunning("workers live", () => workers().length > 0).catch(async (error: unknown) => {
    await job.close();
    throw error;
  });
  return job;
}
