/** The three real services on this machine, each in a process of its own, for one test file. */
import path from "node:path";
import { startChild } from "../../src/local/child";
import { type RunningOpenSearch, startOpenSearch } from "../../src/local/opensearch/launch";
import type { JobTargets } from "./chat/job";
import { type TestKinesis, startKinesis } from "./kinesis/server";
import { temporaryFolder } from "./temporary-folder";

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

export interface TestServices {
  readonly kinesis: TestKinesis;
  readonly bedrock: TestServer;
  readonly openSearch: RestartableOpenSearch;
  /** Stream and indexes of a job; index and stream have the same name. */
  targets(stream: string): JobTargets;
  stop(): Promise<void>;
}

export interface RestartableOpenSearch {
  url(): string;
  /** Kills the server as a power cut would, and starts it again on its data after a while. Its port changes. */
  restart(downMs: number): Promise<void>;
  stop(): Promise<void>;
}

export interface BedrockSettings {
  readonly latencyMs: number;
}

export async function startBedrock({ latencyMs }: BedrockSettings): Promise<TestServer> {
  const folder = await temporaryFolder("bedrock");
  const child = await startChild({
    title: "the test's Bedrock",
    script: "src/local/bedrock/main.ts",
    args: ["--port", "0", "--latency-ms", String(latencyMs)],
    logFile: path.join(folder.path, "log"),
  });
  return {
    url: `http://127.0.0.1:${child.port}`,
    stop: async () => {
      await child.stop();
      await folder.remove();
    },
  };
}

export async function startRestartableOpenSearch(heapMb = 512): Promise<RestartableOpenSearch> {
  const folder = await temporaryFolder("opensearch");
  const start = (): Promise<RunningOpenSearch> =>
    startOpenSearch({ dataDirectory: path.join(folder.path, "data"), heapMb });
  let server = await start();
  return {
    url: () => server.url,
    restart: async (downMs) => {
      process.kill(server.pid, "SIGKILL");
      await server.ended;
      await new Promise((resolve) => setTimeout(resolve, downMs));
      server = await start();
    },
    stop: async () => {
      await server.stop();
      await folder.remove();
    },
  };
}

export async function startServices(bedrockSettings: BedrockSettings = { latencyMs: 5 }): Promise<TestServices> {
  const [kinesis, bedrock, openSearch] = await Promise.all([
    startKinesis(),
    startBedrock(bedrockSettings),
    startRestartableOpenSearch(),
  ]);
  return {
    kinesis,
    bedrock,
    openSearch,
    targets: (stream) => ({
      kinesis: kinesis.url,
      bedrock: bedrock.url,
      openSearch: openSearch.url(),
      stream,
      index: stream,
    }),
    stop: async () => {
      await Promise.all([kinesis.stop(), bedrock.stop(), openSearch.stop()]);
    },
  };
}
