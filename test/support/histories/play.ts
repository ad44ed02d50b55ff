/** Plays a history on real services: puts its messages, and runs the whole job as often and as roughly as it says. */
import { setTimeout as sleep } from "node:timers/promises";
import { protoOf } from "../../../src/beam";
import { DirectRunner } from "../../../src/beam/direct";
import type { PipelineRun } from "../../../src/beam/runner";
import { checkAll } from "../../../src/cli/start/checks";
import { openSearchClient } from "../../../src/io/opensearch/requests/client";
import { listDeadLetters } from "../../../src/io/opensearch/letters/dead-letter-store";
import { readOptions } from "../../../src/options";
import { buildPipeline, type PipelineSettings } from "../../../src/pipeline";
import { redrive } from "../../../src/redrive";
import { deadLetterIndexOf, startJob } from "../chat/job";
import { putChat } from "../kinesis/producer";
import type { TestServices } from "../services";
import type { FlinkJobs } from "./flink-jobs";
import type { History, Round, Run } from "./history";

/** How far behind a message may come before it is late; most late ones of a history come later than that. */
const DISORDER = "1s";

export class Player {
  private readonly flags: readonly string[];
  private firstPutMs: number | undefined;

  constructor(
    private readonly services: TestServices,
    private readonly stream: string,
    private readonly history: History,
    /** Undefined for histories of the direct runner. */
    private readonly flink?: FlinkJobs,
  ) {
    const timing = ["--allowed-disorder", DISORDER, "--idle-timeout", "1s", "--session-gap", `${history.gapMs}ms`];
    this.flags = [...timing, "--on-edit", history.onEdit, "--bulk-age", "10ms", "--refresh-interval", "100ms"];
  }

  async play(): Promise<void> {
    for (const { put, run, late } of this.history.rounds) {
      const records = put.map((message) => ({ partitionKey: message.userId, messages: [message] }));
      this.firstPutMs ??= Date.now();
      await putChat(this.services.kinesis.client, this.stream, records);
      await this.run(run, late);
    }
  }

  async run(run: Run, late: Round["late"] = "amend"): Promise<void> {
    const nowMs = Date.now();
    const once = ["--once", "--late", late];
    const endless = ["--start-position", "TRIM_HORIZON", "--late", late];
    switch (run.kind) {
      case "once":
        return (await this.start(once)).finished;
      case "from": {
        const fromMs = Math.floor(this.firstPutMs! + run.share * (nowMs - this.firstPutMs!));
        return (await this.start([...once, "--start-time", String(fromMs)])).finished;
      }
      case "pair": {
        const pair = await Promise.all([this.start(once), this.startDirect(once)]);
        await Promise.all(pair.map(({ finished }) => finished));
        return;
      }
      case "stopped": {
        const live = await this.start(endless);
        await sleep(run.afterMs);
        await live.drain();
        return;
      }
      case "cancelled": {
        const live = await this.start(endless);
        await sleep(run.afterMs);
        await live.cancel();
        return;
      }
      case "killed": {
        if (this.flink === undefined) {
          const job = startJob(this.services.targets(this.stream), [...endless, ...this.flags]);
          await sleep(run.afterMs);
          job.signal("SIGKILL");
          await job.ended;
        } else {
          await this.start(endless);
          await sleep(run.afterMs);
          await this.flink.kill();
        }
        return;
      }
      case "workerKilled": {
        const live = await this.start(endless);
        await sleep(run.afterMs);
        await this.flink?.killWorker();
        await sleep(run.recoveringMs);
        await live.drain();
        return;
      }
      case "redrive":
        return this.redrive();
    }
  }

  private async redrive(): Promise<void> {
    const settings = this.settings([]);
    await checkAll(settings);
    const client = openSearchClient(settings.openSearch.connection);
    const store = { client, index: settings.openSearch.deadLetterIndex };
    await redrive(store, listDeadLetters(store), settings, new DirectRunner({ authorText: "hidden" }));
    await client.close();
  }

  private async start(flags: readonly string[]): Promise<PipelineRun> {
    if (this.flink === undefined) return this.startDirect(flags);
    const settings = this.settings(flags);
    await checkAll(settings);
    return this.flink.start(settings);
  }

  private async startDirect(flags: readonly string[]): Promise<PipelineRun> {
    const settings = this.settings(flags);
    await checkAll(settings);
    const pipeline = await protoOf((root) => buildPipeline(root, settings));
    return new DirectRunner({ authorText: "hidden" }).run(pipeline);
  }

  private settings(flags: readonly string[]): PipelineSettings {
    const { kinesis, bedrock, openSearch, stream, index } = this.services.targets(this.stream);
    const targets = ["--kinesis-endpoint", kinesis, "--bedrock-endpoint", bedrock, "--opensearch-endpoint", openSearch];
    const names = ["--stream", stream, "--index", index, "--dead-letter-index", deadLetterIndexOf(index)];
    return readOptions([...targets, ...names, ...this.flags, ...flags], {}).pipelineSettings({}, Date.now());
  }
}
