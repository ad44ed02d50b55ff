/**
 * Starts, watches and stops the embedded services of one run.
 *
 * Invariants:
 * 1. Either all that were asked for run when `startServices` returns, or none does.
 * 2. One folder has one owner (see folder.ts), and the services of a killed run end by themselves (see child.ts).
 * 3. A service that ends unasked makes `failure` reject; it is never quietly restarted, because its port may be lost.
 */
import path from "node:path";
import { JobError } from "../chat/errors";
import { freePort } from "../beam/process";
import { startChild } from "./child";
import { claimFolder, type FolderClaim, type Ports, readPorts, rememberPorts, type Services } from "./folder";
import { startKinesis } from "./kinesis/launch";
import { settleVectors, type VectorKind, type WantedVectors } from "./vectors";
import { buildOpenSearch, startOpenSearch } from "./opensearch/launch";
import { startReceiver } from "./receiver/launch";

export interface ServicesPlan {
  readonly dataDirectory: string;
  /** Services to run; a real one takes the place of each that is false. */
  readonly kinesis: boolean;
  readonly bedrock: boolean;
  readonly opensearch: boolean;
  readonly bedrockLatencyMs: number;
  /** File of the key that alerts are signed with; without it their receiver does not run. */
  readonly receiverKeyFile?: string | undefined;
  /** Without this, what the folder has, and words alone in a new one. */
  readonly vectors?: WantedVectors;
  /** Details for services.json, written as they are; real endpoints too, so that tools find them. */
  readonly details: Pick<Services, "region" | "stream" | "sessionGapMs" | "index" | "deadLetterIndex"> &
    Partial<Pick<Services, "kinesis" | "bedrock" | "opensearch">>;
}

export interface RunningServices {
  /** Addresses of the services that this run started. */
  readonly endpoints: Partial<Record<ServiceName, string>>;
  /** Kind of the embedded Bedrock's vectors; undefined without one. */
  readonly vectors: VectorKind | undefined;
  /** Rejects with LOCAL_SERVICE when a service ends unasked; never resolves. */
  readonly failure: Promise<never>;
  stop(): Promise<void>;
}

type ServiceName = "kinesis" | "bedrock" | "opensearch" | "receiver";

interface Started {
  readonly name: ServiceName;
  readonly vectors?: VectorKind;
  readonly title: string;
  readonly url: string;
  readonly pid: number;
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Starts the planned services, and says so when something takes longer than a moment. Fails with `JobError`
 * LOCAL_SERVICE.
 */
export async function startServices(plan: ServicesPlan, say: (line: string) => void): Promise<RunningServices> {
  const claim = await claimFolder(plan.dataDirectory, plan.details);
  let started: readonly Started[];
  try {
    started = await startAll(plan, say);
  } catch (error) {
    await claim.release();
    throw error;
  }
  const endpoints = Object.fromEntries(started.map(({ name, url }) => [name, url])) as RunningServices["endpoints"];
  await claim.update({ ...endpoints, state: "running", pids: started.map(({ pid }) => pid) });
  await rememberPorts(plan.dataDirectory, {
    ...(await readPorts(plan.dataDirectory)),
    ...Object.fromEntries(started.map(({ name, url }) => [name, Number(new URL(url).port)])),
  });
  let stopping = false;
  const failure = new Promise<never>((_, reject) => {
    for (const { title, ended } of started) {
      void ended.then(() => {
        if (!stopping) reject(new JobError("LOCAL_SERVICE", `${title} ended by itself: start again.`));
      });
    }
  });
  failure.catch(() => undefined);
  return {
    endpoints,
    vectors: started.find(({ vectors }) => vectors !== undefined)?.vectors,
    failure,
    async stop() {
      stopping = true;
      await stopAll(started, claim);
    },
  };
}

/** Starts all services in parallel, since OpenSearch alone takes seconds. When one fails, the others are stopped. */
async function startAll(plan: ServicesPlan, say: (line: string) => void): Promise<readonly Started[]> {
  const ports = await readPorts(plan.dataDirectory);
  // Before OpenSearch makes its own folder, by which a folder of an older program is known.
  const vectors = plan.bedrock ? await settleVectors(plan.dataDirectory, plan.vectors) : undefined;
  const starts: Promise<Started>[] = [];
  if (plan.kinesis) starts.push(startEmbeddedKinesis(plan, ports));
  if (vectors !== undefined) starts.push(startBedrock(plan, ports, vectors));
  if (plan.opensearch) starts.push(startEmbeddedOpenSearch(plan, ports, say));
  if (plan.receiverKeyFile !== undefined) starts.push(startAlertReceiver(plan.receiverKeyFile, ports));
  const results = await Promise.allSettled(starts);
  const running = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) return running;
  await Promise.allSettled(running.map((service) => service.stop()));
  throw failed.reason;
}

async function startEmbeddedKinesis(plan: ServicesPlan, ports: Ports): Promise<Started> {
  const child = await startKinesis({
    dataDirectory: path.join(plan.dataDirectory, "kinesis"),
    port: await freePort(ports.kinesis),
  });
  return { name: "kinesis", title: "The embedded Kinesis", ...child };
}

async function startBedrock(plan: ServicesPlan, ports: Ports, vectors: VectorKind): Promise<Started> {
  const title = "The embedded Bedrock";
  const port = await freePort(ports.bedrock);
  const child = await startChild({
    title,
    script: "src/local/bedrock/main.ts",
    args: [
      ...["--port", String(port), "--latency-ms", String(plan.bedrockLatencyMs)],
      ...(vectors === "words" ? [] : ["--encoder"]),
    ],
    logFile: path.join(plan.dataDirectory, "bedrock.log"),
  });
  return { name: "bedrock", title, vectors, url: `http://127.0.0.1:${child.port}`, ...child };
}

async function startAlertReceiver(keyFile: string, ports: Ports): Promise<Started> {
  const child = await startReceiver({ keyFile, port: await freePort(ports.receiver) });
  return { name: "receiver", title: "The embedded receiver of alerts", ...child };
}

async function startEmbeddedOpenSearch(
  plan: ServicesPlan,
  ports: Ports,
  say: (line: string) => void,
): Promise<Started> {
  await buildOpenSearch(say);
  const server = await startOpenSearch({
    dataDirectory: path.join(plan.dataDirectory, "opensearch-data"),
    port: await freePort(ports.opensearch),
  });
  return { name: "opensearch", title: "The embedded OpenSearch", ...server };
}

async function stopAll(started: readonly Started[], claim: FolderClaim): Promise<void> {
  await Promise.allSettled(started.map((service) => service.stop()));
  await claim.release();
}
