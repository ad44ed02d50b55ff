/**
 * Imitates the managed service as far as a job can tell: a JobManager and a TaskManager of one KPU on hosts that have
 * Java 11, old libraries, and nothing else, with the service's own settings and its file of runtime properties.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { FlinkRest } from "../../../../src/beam/flink/flink-rest";
import { LOG_SETTINGS } from "../../../../src/beam/flink/embedded/java";
import { flinkLauncher } from "../../../support/flink/build";
import { type FlinkCluster, startFlinkCluster } from "../../../support/flink/cluster";
import type { JobTargets } from "../../../support/chat/job";
import { bareHost } from "./bare-host";
import { flinkLibraries, type FlinkVersion, java11 } from "./parts";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

/** RocksDB's share of a KPU's 1 GiB of native memory; the rest is for Java's own needs and the workers. */
export const ROCKSDB_MB = 400;
export const CHECKPOINT_INTERVAL_MS = 2_000;
const SLOTS = 2;
const PROPERTIES_FILE = "application_properties.json";

export interface ManagedCluster {
  readonly flink: FlinkCluster;
  readonly rest: FlinkRest;
  /** Puts the group ChatSessions into the file that the hosts see. */
  setProperties(properties: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

export interface ManagedClusterOptions {
  readonly version: FlinkVersion;
  readonly taskManagers: 0 | 1;
}

export async function startManagedCluster(options: ManagedClusterOptions): Promise<ManagedCluster> {
  const { version, taskManagers } = options;
  const folder = makeFolder("managed");
  const properties = path.join(folder, "etc-flink");
  await mkdir(properties);
  const launcher = await flinkLauncher();
  const host = await bareHost({
    hasLibraries: true,
    readOnly: {
      "/opt/java": await java11(),
      "/opt/flink/lib": await flinkLibraries(version),
      "/etc/flink": properties,
      [launcher]: launcher,
      [LOG_SETTINGS]: LOG_SETTINGS,
    },
  });
  const remove = async (): Promise<void> => {
    await host.remove();
    await removeFolder(folder);
  };
  const flink = await startFlinkCluster({
    classPath: ["/opt/flink/lib/*"],
    java: [...host.enter, "/opt/java/bin/java"],
    // PATH is for the program that enters the host; inside there is nothing that it could lead to.
    environment: { PATH: process.env["PATH"], AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
    taskManagers,
    slotsPerTaskManager: SLOTS,
    heapMb: 1_024,
    managedMb: ROCKSDB_MB,
    settings: { "parallelism.default": SLOTS, "execution.checkpointing.interval": `${CHECKPOINT_INTERVAL_MS} ms` },
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return {
    flink,
    rest: new FlinkRest(flink.restUrl),
    setProperties: (group) =>
      writeFile(
        path.join(properties, PROPERTIES_FILE),
        JSON.stringify([{ PropertyGroupId: "ChatSessions", PropertyMap: group }]),
      ),
    async stop() {
      await flink.stop();
      await remove();
    },
  };
}

/** The properties of a job between these services. */
export function propertiesFor(targets: JobTargets): Readonly<Record<string, string>> {
  return {
    stream: targets.stream,
    region: "us-east-1",
    "kinesis-endpoint": targets.kinesis,
    "bedrock-endpoint": targets.bedrock,
    "opensearch-endpoint": targets.openSearch,
    index: targets.index,
    "max-bundle-time": "50ms",
  };
}
