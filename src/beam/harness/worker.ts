/**
 * A worker process for Beam's portable runners. A PROCESS environment starts it with `--id` and `--provision_endpoint`
 * alone; all else comes from the provision service. It ends when the runner's control stream ends.
 */
import type { CheckpointLimits, ProcessScope } from "../operators/contract";
import { CHANNEL_OPTIONS, INSECURE, type ProvisionInfo, ProvisionServiceClient, workerMetadata } from "../sdk-fn-api";
import { ControlClient } from "./control";
import { DataPlane } from "./data-plane";
import { FnApiLogger } from "./logging";
import { StateChannel } from "./state";

/** A bundle must end well before the runner's next checkpoint, and often enough for its output to leave. */
const DEFAULT_LIMITS: CheckpointLimits = { maxOutputs: 10_000, maxDurationMs: 500 };

export interface WorkerArguments {
  readonly id: string;
  readonly provisionEndpoint: string;
}

/** `--id=…` or `--id …`; throws when one is missing. */
export function workerArguments(argv: readonly string[]): WorkerArguments {
  const value = (name: string): string => {
    const at = argv.findIndex((own) => own === `--${name}` || own.startsWith(`--${name}=`));
    const found = at < 0 ? undefined : argv[at]!.includes("=") ? argv[at]!.slice(name.length + 3) : argv[at + 1];
    if (found === undefined || found === "") throw new Error(`The worker was started without --${name}.`);
    return found;
  };
  return { id: value("id"), provisionEndpoint: value("provision_endpoint") };
}

/** Serves the runner until it closes the control stream. Rejects when the runner cannot be reached or breaks off. */
export async function runWorker(args: WorkerArguments, limits: CheckpointLimits = DEFAULT_LIMITS): Promise<void> {
  const info = await provisionInfo(args);
  const controlUrl = info.controlEndpoint?.url;
  if (controlUrl === undefined) throw new Error("The runner named no control endpoint.");
  const logger = new FnApiLogger(info.loggingEndpoint?.url, args.id);
  const planes = new Map<string, DataPlane>();
  const channels = new Map<string, StateChannel>();
  const onFailure = (error: Error): void => logger.log("WARN", `The data stream ended: ${error.message}`);
  const control = new ControlClient({
    url: controlUrl,
    workerId: args.id,
    logger,
    onBundleEnd: (instructionId, failed) => {
      for (const plane of planes.values()) plane.close(instructionId, failed);
    },
    environment: {
      scope: processScope(),
      limits,
      dataPlane: (url) => getOrCreate(planes, url, () => new DataPlane(url, args.id, onFailure)),
      stateChannel: (url) => getOrCreate(channels, url, () => new StateChannel(url, args.id)),
    },
  });
  try {
    await control.closed;
  } finally {
    logger.end();
  }
}

function provisionInfo({ id, provisionEndpoint }: WorkerArguments): Promise<ProvisionInfo> {
  const client = new ProvisionServiceClient(provisionEndpoint, INSECURE, CHANNEL_OPTIONS);
  return new Promise((resolve, reject) => {
    client.getProvisionInfo({}, workerMetadata(id), (error, response) => {
      if (response?.info === undefined) reject(error ?? new Error("The runner gave no provision information."));
      else resolve(response.info);
    });
  });
}

function processScope(): ProcessScope {
  const kept = new Map<string, unknown>();
  return { get: <T>(key: string, create: () => T) => getOrCreate(kept, key, create) as T };
}

function getOrCreate<T>(map: Map<string, T>, key: string, create: () => T): T {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = create()));
  return value;
}
