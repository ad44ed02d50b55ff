/**
 * Reads a whole stream through `LineageDriver`s, all lineages at once, and keeps a checkpoint's content per lineage.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { doFn } from "../../../src/beam/authoring";
import { deadLetterCoder } from "../../../src/chat/coders/dead-letter";
import { sourceRecordCoder } from "../../../src/chat/coders/source-record";
import { kinesisClient, streamApi } from "../../../src/io/kinesis/client";
import { rootsOf } from "../../../src/io/kinesis/lineage";
import { type KinesisReadSettings, SHARD_LIMITS, startTimeMs } from "../../../src/io/kinesis/settings";
import { StreamReaders } from "../../../src/io/kinesis/stream-readers";
import type { DeadLetter, SourceRecord } from "../../../src/chat/model";
import { type BundleLimits, type Checkpoint, type Emitted, LineageDriver, type RecordsOnly } from "./lineage-driver";
import type { TestKinesis } from "./server";
import { TEST_REGION } from "./server";

const recordItself: RecordsOnly = {
  process: (record, emit) => void emit("main", record, fieldTimeMs(record)),
};

/** Emits each record itself. The event time is a JSON field `t`; a record without it has none. */
export const fieldParser = doFn("test/fieldParser", {
  outputs: { main: sourceRecordCoder, deadLetters: deadLetterCoder },
  open: () => ({ process: (record: SourceRecord, emit) => void emit("main", record, fieldTimeMs(record)) }),
});

function fieldTimeMs({ data }: SourceRecord): number | undefined {
  try {
    const { t } = JSON.parse(Buffer.from(data).toString("utf8")) as { t?: unknown };
    return typeof t === "number" ? t : undefined;
  } catch {
    return undefined;
  }
}

export function readSettings(
  kinesis: Pick<TestKinesis, "url">,
  streamName: string,
  own: Partial<KinesisReadSettings> = {},
): KinesisReadSettings {
  return {
    connection: { region: TEST_REGION, endpoint: kinesis.url },
    streamName,
    start: { kind: "trimHorizon" },
    allowedDisorderMs: 1_000,
    idleTimeoutMs: 60_000,
    gapMs: 300_000,
    limits: SHARD_LIMITS,
    ...own,
  };
}

export class StreamReader {
  readonly emitted: Emitted[] = [];
  readonly deadLetters: DeadLetter[] = [];
  /** Checkpoints by root shard, from which a restart begins. */
  readonly checkpoints = new Map<string, Checkpoint>();
  private readonly finished = new Set<string>();
  private driver: LineageDriver | undefined;

  constructor(private readonly settings: KinesisReadSettings) {}

  get records(): readonly SourceRecord[] {
    return this.emitted.map(({ record }) => record);
  }

  get texts(): readonly string[] {
    return this.records.map(({ data }) => Buffer.from(data).toString("utf8"));
  }

  get done(): boolean {
    return this.checkpoints.size > 0 && this.finished.size === this.checkpoints.size;
  }

  get counters(): ReadonlyMap<string, number> {
    return this.driver?.counters ?? new Map();
  }

  get gauges(): ReadonlyMap<string, number> {
    return this.driver?.gauges ?? new Map();
  }

  get watermarkMs(): number {
    return Math.min(...[...this.checkpoints.values()].map(({ watermarkMs }) => watermarkMs));
  }

  /** Finds the roots, as at the start of a job. */
  async start(): Promise<void> {
    const { connection, streamName, start } = this.settings;
    const driver = this.process();
    const client = kinesisClient(connection);
    const shards = await streamApi(client, connection, streamName).listShards(startTimeMs(start));
    client.destroy();
    for (const { shardId } of rootsOf(shards)) {
      this.checkpoints.set(shardId, driver.initial({ streamName, rootShardId: shardId, salt: 0 }));
    }
  }

  /**
   * Runs one bundle of every lineage; its results count only if `keep` says so, as a process may die before they do.
   */
  async round(limits: BundleLimits, keep: () => boolean = () => true): Promise<void> {
    const driver = this.process();
    const { streamName } = this.settings;
    const lineages = [...this.checkpoints].filter(([rootShardId]) => !this.finished.has(rootShardId));
    const delays = lineages.map(async ([rootShardId, from]) => {
      const result = await driver.bundle({ streamName, rootShardId, salt: 0 }, from, limits);
      if (!keep()) return 0;
      this.emitted.push(...result.records);
      this.deadLetters.push(...result.deadLetters);
      this.checkpoints.set(rootShardId, result.checkpoint);
      if (result.done) this.finished.add(rootShardId);
      return result.delayMs;
    });
    await sleep(Math.min(...(await Promise.all(delays)), 200));
  }

  /** Runs rounds until the condition holds, or all lineages are done. */
  async readUntil(holds: () => boolean, limits: BundleLimits = { maxOutputs: 500, maxDurationMs: 200 }): Promise<void> {
    const deadlineMs = Date.now() + 60_000;
    while (!holds() && !this.done) {
      if (Date.now() > deadlineMs) throw new Error(`after a minute, ${this.emitted.length} records had been read`);
      await this.round(limits);
    }
  }

  /** Kills the process: only the checkpoints are left. */
  kill(): void {
    this.driver?.end();
    this.driver = undefined;
  }

  private process(): LineageDriver {
    return (this.driver ??= this.newProcess());
  }

  private newProcess(): LineageDriver {
    const { connection, streamName, limits } = this.settings;
    const client = kinesisClient(connection);
    const readers = new StreamReaders(streamApi(client, connection, streamName), limits);
    return new LineageDriver(this.settings, recordItself, readers, () => client.destroy());
  }
}
