/**
 * A worker process for Beam's portable runners. A PROCESS environment starts it with `--id` and `--provision_endpoint`;
 * our own environment adds a token in an environment variable. Everything else comes from the provision service.
 *
 * 1. The worker ends when the runner closes the control stream, or when any stream breaks: it is useless without its
 *    runner, and a runner that is still there starts a new one.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { CheckpointLimits } from "../operators/contract";
import type { AuthorText } from "../failure/stage-error";
import { processScope } from "../operators/process-scope";
import { INSECURE } from "../sdk/channel";
import {
  CHANNEL_OPTIONS,
  type ProvisionInfo,
  ProvisionServiceClient,
  type WorkerIdentity,
  workerMetadata,
} from "../sdk/fn-api";
import { BeamError } from "../error";
import { ControlClient } from "./control";
import { DataPlane } from "./data-plane";
import type { WorkerLoad } from "./load";
import { FnApiLogger } from "./logging";
import { SideInputCache } from "./side-inputs";
import { StateChannel } from "./state";

/**
 * Limits of a splittable DoFn's bundle. It must end well before the runner's next checkpoint, and often enough to emit
 * its output. Only a source with a backlog reaches these limits; the more it reads in one bundle, the fewer fragments
 * of sessions the runner has to merge.
 */
const DEFAULT_LIMITS: CheckpointLimits = { maxOutputs: 50_000, maxDurationMs: 500 };
const PROVISION_DEADLINE_MS = 60_000;
/** Time between a broken stream and the end, to answer with errors, or for the control stream to end normally. */
const GRACE_MS = 1_000;
/** Time limit for tearing down and for the last log lines. */
const SHUTDOWN_MS = 2_000;

/** Runner capabilities (beam_runner_api.proto, StandardRunnerProtocols). */
const SHORT_IDS_URN = "beam:protocol:monitoring_info_short_ids:v1";
const EMBEDDED_OUTPUTS_URN = "beam:protocol:control_response_elements_embedding:v1";

/** Environment variable set by beamstreaming.WorkerProcess of src/beam/java. */
const TOKEN_VARIABLE = "BEAM_WORKER_TOKEN";

export interface WorkerArguments extends WorkerIdentity {
  readonly provisionEndpoint: string;
}

export interface WorkerOptions {
  readonly limits?: CheckpointLimits;
  /** Default: "shown". */
  readonly authorText?: AuthorText;
  /** Called as soon as the logging service is known. */
  readonly onLogger?: (logger: FnApiLogger) => void;
  /** Limit of data that waits for bundles, for each data stream. */
  readonly maxBufferedBytes?: number;
  /** Idle time after which operators are torn down. */
  readonly idleMs?: number;
  /** Called when the worker is ready. */
  readonly onStarted?: (load: () => WorkerLoad) => void;
}

/**
 * Reads `--id=…` or `--id …` and the token. Throws when an argument is missing. The token is deleted from the
 * environment, so that processes started by the worker do not inherit it.
 */
export function workerArguments(argv: readonly string[], environment: NodeJS.ProcessEnv): WorkerArguments {
  const value = (name: string): string => {
    const at = argv.findIndex((own) => own === `--${name}` || own.startsWith(`--${name}=`));
    const given = at < 0 ? undefined : argv[at]!.includes("=") ? argv[at]!.slice(name.length + 3) : argv[at + 1];
    // Prism quotes the words of a worker's command for a shell but starts it without one, so the quotes are still
    // there.
    const found = given?.replace(/^(['"])(.*)\1$/, "$2");
    if (found === undefined || found === "") {
      throw new BeamError("BAD_OPTION", `The worker was started without --${name}.`);
    }
    return found;
  };
  const { [TOKEN_VARIABLE]: token } = environment;
  delete environment[TOKEN_VARIABLE];
  return { id: value("id"), token, provisionEndpoint: value("provision_endpoint") };
}

/**
 * Serves the runner until it closes the control stream. Rejects when the runner cannot be reached or its connection
 * breaks.
 */
export async function runWorker(args: WorkerArguments, options: WorkerOptions = {}): Promise<void> {
  const info = await provisionInfo(args);
  const controlUrl = info.controlEndpoint?.url;
  if (controlUrl === undefined) throw new BeamError("PIPELINE", "The runner named no control endpoint.");
  const logger = new FnApiLogger(info.loggingEndpoint?.url, args);
  options.onLogger?.(logger);
  const planes = new Map<string, DataPlane>();
  const channels = new Map<string, StateChannel>();
  let onFailure!: (error: Error) => void;
  const broken = new Promise<never>((_, reject) => (onFailure = reject));
  const load = (): WorkerLoad => {
    const loads = [...planes.values()].map((plane) => plane.load);
    const total = (of: "instructions" | "bufferedBytes" | "failed"): number =>
      loads.reduce((sum, one) => sum + one[of], 0);
    return {
      ...control.load,
      dataQueues: total("instructions"),
      bufferedBytes: total("bufferedBytes"),
      failedInstructions: total("failed"),
    };
  };
  const scope = processScope();
  const control = new ControlClient({
    url: controlUrl,
    worker: args,
    logger,
    load,
    usesShortIds: info.runnerCapabilities.includes(SHORT_IDS_URN),
    ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
    onBundleEnd: (instructionId, failed) => {
      for (const plane of planes.values()) plane.close(instructionId, failed);
    },
    environment: {
      scope,
      limits: options.limits ?? DEFAULT_LIMITS,
      authorText: options.authorText ?? "shown",
      sideInputCache: new SideInputCache(),
      mayEmbedOutputs: info.runnerCapabilities.includes(EMBEDDED_OUTPUTS_URN),
      dataPlane: (url) => getOrCreate(planes, url, () => new DataPlane(url, args, { ...options, onFailure })),
      stateChannel: (url) => getOrCreate(channels, url, () => new StateChannel(url, args, onFailure)),
    },
  });
  options.onStarted?.(load);
  const brokenAfterGrace = broken.catch(async (error: unknown) => {
    await sleep(GRACE_MS);
    throw error;
  });
  try {
    await Promise.race([control.closed, brokenAfterGrace]);
  } finally {
    // The promise that lost the race may still reject.
    control.closed.catch(() => undefined);
    brokenAfterGrace.catch(() => undefined);
    const closed = control.end().then(() => scope.close());
    await Promise.race([closed, sleep(SHUTDOWN_MS, undefined, { ref: false })]);
    for (const connection of [...planes.values(), ...channels.values()]) connection.end();
    await logger.end();
  }
}

function provisionInfo(args: WorkerArguments): Promise<ProvisionInfo> {
  const client = new ProvisionServiceClient(args.provisionEndpoint, INSECURE, CHANNEL_OPTIONS);
  const deadline = Date.now() + PROVISION_DEADLINE_MS;
  return new Promise((resolve, reject) => {
    client.getProvisionInfo({}, workerMetadata(args), { deadline }, (error, response) => {
      client.close();
      const reason = error?.message ?? "it gave no information";
      if (response?.info !== undefined) resolve(response.info);
      else reject(new BeamError("PIPELINE", `The worker got no settings from the runner: ${reason}.`));
    });
  });
}

function getOrCreate<T>(map: Map<string, T>, key: string, create: () => T): T {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = create()));
  return value;
}
