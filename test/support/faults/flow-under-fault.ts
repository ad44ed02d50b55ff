/**
 * The course of every test of faults in a running job: messages flow all the time, shards split and merge around the
 * fault, and in the end the index holds exactly the messages sent.
 *
 * 1. A job has recovered once a session is indexed that began after Flink restored the job: all its messages were sent,
 *    read, grouped and written after that.
 * 2. All counts come from the stream's answers and from the index, never from the job.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { ChatFlow } from "../chat/chat-flow";
import { deadLetterIndexOf, type JobTargets } from "../chat/job";
import { expectedSessions } from "../chat/oracle";
import { mergeShards, splitShard } from "../kinesis/reshard";
import type { TestServices } from "../services";
import { StoredIndex } from "../opensearch/stored";
import { until } from "../until";
import { assertStored, type Stored } from "../chat/verdict";

export const DISORDER_MS = 30_000;
/**
 * Flags for such a flow: its event times lie in the past, so an idle shard must not move its watermark by the clock.
 */
export const FLOW_FLAGS: readonly string[] = [
  ...["--start-position", "TRIM_HORIZON", "--allowed-disorder", `${DISORDER_MS}ms`, "--idle-timeout", "1h"],
];
/** The product's promise. */
const RECOVERY_LIMIT_MS = 60_000;
export const START_LIMIT_MS = 150_000;
const FINISH_LIMIT_MS = 90_000;
/** Time in which no more documents may follow the last session. */
const SETTLE_MS = 2_000;

export interface Verdict {
  readonly recoveredMs: number;
  readonly documents: number;
  /** Writes of documents that were there already, each one counted. */
  readonly overwrites: number;
}

export class FlowUnderFault {
  private readonly index: StoredIndex;

  private constructor(
    private readonly services: TestServices,
    private readonly targets: JobTargets,
    private readonly flow: ChatFlow,
  ) {
    this.index = new StoredIndex(targets.openSearch, targets.index);
  }

  /** Starts a flow of messages into a stream of two shards. */
  static async start(services: TestServices, stream: string, seed: number): Promise<FlowUnderFault> {
    const { kinesis } = services;
    await kinesis.createStream(stream, 2);
    const flow = new ChatFlow({ kinesis, stream, seed, disorderMs: DISORDER_MS });
    return new FlowUnderFault(services, services.targets(stream), flow);
  }

  /** Resolves once sessions come out. */
  async works(): Promise<void> {
    const areIndexed = async (): Promise<boolean> => {
      this.flow.check();
      return (await this.index.count()) > 0;
    };
    await until("sessions are indexed", areIndexed, START_LIMIT_MS);
  }

  /**
   * Makes a fault between a split and a merge of shards. `fault` calls `struck` at its last blow, and resolves once
   * Flink has restored the job, so that the last work of the job before does not pass for the job's recovery. Resolves
   * with the milliseconds from that blow until a session is indexed that was sent after the job was restored. Rejects
   * when that takes longer than the limit.
   */
  async strike(fault: (struck: () => void) => Promise<void>, limitMs = RECOVERY_LIMIT_MS): Promise<number> {
    const { kinesis } = this.services;
    const { stream } = this.targets;
    let struckMs: number | undefined;
    await splitShard(kinesis, stream);
    await fault(() => (struckMs = performance.now()));
    assert.ok(struckMs !== undefined, "the fault never struck");
    const { newestMs } = this.flow;
    await mergeShards(kinesis, stream);
    const recovered = async (): Promise<boolean> => {
      this.flow.check();
      return (await this.index.countStartingAfter(newestMs)) > 0;
    };
    const leftMs = struckMs + limitMs - performance.now();
    await until("a session sent after the fault is indexed", recovered, leftMs);
    const recoveredMs = performance.now() - struckMs;
    assert.ok(recoveredMs <= limitMs, `recovered only after ${Math.round(recoveredMs)} ms`);
    return recoveredMs;
  }

  /** Ends all sessions and compares the stored documents with the messages sent. */
  async conclude(recoveredMs: number): Promise<Verdict> {
    const { index } = this.targets;
    await this.flow.finish();
    const { parts } = await this.assertIndexed(index);
    return { recoveredMs, documents: parts.length, overwrites: await this.index.overwrites() };
  }

  /**
   * Checks a job that reads the ended flow again, with another session gap, into another index. Resolves with its
   * sessions.
   */
  async concludeAgain(index: string, gapMs: number): Promise<number> {
    const { parts } = await this.assertIndexed(index, gapMs);
    return parts.length;
  }

  private async assertIndexed(index: string, gapMs?: number): Promise<Stored> {
    const { openSearch } = this.targets;
    const { sent } = this.flow;
    const sessions = expectedSessions(sent, gapMs).length;
    const indexed = new StoredIndex(openSearch, index);
    try {
      // A difference says more than a time-out when sessions are missing.
      const all = until("all sessions are indexed", async () => (await indexed.count()) >= sessions, FINISH_LIMIT_MS);
      await all.catch(() => undefined);
    } finally {
      await indexed.close();
    }
    await sleep(SETTLE_MS);
    const stored = await assertStored(openSearch, index, sent, gapMs);
    assert.equal(stored.deadLetters.length, 0, `${stored.deadLetters.length} documents in ${deadLetterIndexOf(index)}`);
    return stored;
  }

  async close(): Promise<void> {
    this.flow.stop();
    await this.index.close();
  }
}
