/** A real Kinesis in a process of its own, with streams for tests. */
import path from "node:path";
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { startChild } from "../../../src/local/child";
import { temporaryFolder } from "../temporary-folder";
import { until } from "../until";

export const TEST_CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };
export const TEST_REGION = "us-east-1";

export interface TestKinesis {
  readonly url: string;
  readonly client: KinesisClient;
  /** Creates a stream and waits until it is active. */
  createStream(name: string, shardCount: number): Promise<void>;
  /** Waits until a split, merge or creation has ended. */
  active(name: string): Promise<void>;
  stop(): Promise<void>;
}

export function kinesisClient(url: string): KinesisClient {
  return new KinesisClient({
    endpoint: url,
    region: TEST_REGION,
    credentials: TEST_CREDENTIALS,
    requestHandler: new NodeHttpHandler(),
  });
}

/**
 * Two independent programs that answer as Kinesis does. kinesis-local tells how far a reader is behind, and names the
 * children with a closed shard's last answer; kinesalite does neither.
 */
const EMULATORS = {
  kinesalite: { script: "src/local/kinesis/main.ts", args: (folder: string) => ["0", path.join(folder, "data")] },
  "kinesis-local": { script: "test/support/kinesis/kinesis-local-main.ts", args: () => [] },
} as const;
export type Emulator = keyof typeof EMULATORS;

/** Describes the same on each emulator. */
export function onEachEmulator(title: string, body: (this: Mocha.Suite, emulator: Emulator) => void): void {
  for (const emulator of Object.keys(EMULATORS) as Emulator[]) {
    describe(`${title} (${emulator})`, function () {
      body.call(this, emulator);
    });
  }
}

/**
 * Runs a Kinesis for the tests of one `describe`, with its credentials in this process's environment. Hands it to
 * `take` before the first of them.
 */
export function withKinesis(take: (kinesis: TestKinesis) => void, emulator: Emulator = "kinesalite"): void {
  let kinesis: TestKinesis | undefined;
  before(async () => {
    process.env["AWS_ACCESS_KEY_ID"] = TEST_CREDENTIALS.accessKeyId;
    process.env["AWS_SECRET_ACCESS_KEY"] = TEST_CREDENTIALS.secretAccessKey;
    kinesis = await startKinesis(emulator);
    take(kinesis);
  });
  after(() => kinesis?.stop());
}

export async function startKinesis(emulator: Emulator = "kinesalite"): Promise<TestKinesis> {
  const folder = await temporaryFolder("kinesis");
  const { script, args } = EMULATORS[emulator];
  const child = await startChild({
    title: `the test's Kinesis (${emulator})`,
    script,
    args: args(folder.path),
    logFile: path.join(folder.path, "log"),
  });
  const url = `http://127.0.0.1:${child.port}`;
  const client = kinesisClient(url);
  const active = (name: string): Promise<void> =>
    until(`stream ${name} is active`, async () => {
      const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: name }));
      return StreamDescriptionSummary?.StreamStatus === "ACTIVE";
    });
  return {
    url,
    client,
    active,
    createStream: async (name, shardCount) => {
      await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shardCount }));
      await active(name);
    },
    stop: async () => {
      client.destroy();
      await child.stop();
      await folder.remove();
    },
  };
}
