/**
 * Ownership of a data folder: the process that runs its embedded services, and their addresses.
 *
 * Invariants:
 * 1. `services.json` exists while a run owns the folder; it is removed at the run's end.
 * 2. The owner answers on its control port with the file's token for as long as it lives, so a file left by a killed
 *    run is told from a live one even when another process got its id. One that is stopped (Ctrl-Z) keeps the port open
 *    in silence, and keeps the folder; so does a foreign process that has both its id and its port.
 * 3. The folder and all that is in it is its user's alone.
 */
import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import path from "node:path";
import { z } from "zod";
import { JobError } from "../chat/errors";
import { isAlive, makePrivateFolder, PRIVATE_FILE_MODE, unwritable } from "../beam/process";

const CONTROL_TIMEOUT_MS = 2_000;

const PORTS = z.object({
  kinesis: z.int().optional(),
  bedrock: z.int().optional(),
  opensearch: z.int().optional(),
  receiver: z.int().optional(),
});
/** Ports of the last run, taken again when they are free so that addresses stay the same. */
export type Ports = z.infer<typeof PORTS>;

const SERVICES = z.object({
  pid: z.int(),
  controlPort: z.int(),
  token: z.string(),
  state: z.enum(["starting", "running"]),
  region: z.string(),
  stream: z.string(),
  sessionGapMs: z.number(),
  index: z.string(),
  deadLetterIndex: z.string(),
  kinesis: z.string().optional(),
  bedrock: z.string().optional(),
  opensearch: z.string().optional(),
  receiver: z.string().optional(),
  /** Process ids of the embedded services. */
  pids: z.array(z.int()),
});
/**
 * The details by which `npm run send`, `search` and `dead-letters` find a running job's services; times in
 * milliseconds.
 */
export type Services = z.infer<typeof SERVICES>;

export function servicesFile(dataDirectory: string): string {
  return path.join(dataDirectory, "services.json");
}

/** The live run of a data folder, a stopped one too, whose services go on; undefined when there is none. */
export async function findServices(dataDirectory: string): Promise<Services | undefined> {
  const services = await readServices(dataDirectory);
  return services !== undefined && (await lifeOf(services)) !== "gone" ? services : undefined;
}

export interface FolderClaim {
  update(services: Partial<Services>): Promise<void>;
  release(): Promise<void>;
}

type ClaimDetails = Pick<Services, "region" | "stream" | "sessionGapMs" | "index" | "deadLetterIndex">;

/** Makes this process the owner of the folder. Fails with `JobError` LOCAL_SERVICE when another live one is. */
export async function claimFolder(dataDirectory: string, details: ClaimDetails): Promise<FolderClaim> {
  await makePrivateFolder(dataDirectory);
  const token = randomUUID();
  const control = await openControl(token);
  const { port: controlPort } = control.address() as AddressInfo;
  let services: Services = { pid: process.pid, controlPort, token, state: "starting", pids: [], ...details };
  try {
    await create(dataDirectory, services);
  } catch (error) {
    control.close();
    throw error;
  }
  return {
    async update(change) {
      services = { ...services, ...change };
      const next = `${servicesFile(dataDirectory)}.${process.pid}`;
      await writeFile(next, `${JSON.stringify(services, null, 2)}\n`, { mode: PRIVATE_FILE_MODE });
      await rename(next, servicesFile(dataDirectory));
    },
    async release() {
      await removeFile(dataDirectory, token);
      control.close();
    },
  };
}

export async function readPorts(dataDirectory: string): Promise<Ports> {
  try {
    const content = await readFile(path.join(dataDirectory, "ports.json"), "utf8");
    return PORTS.catch({}).parse(JSON.parse(content));
  } catch {
    return {};
  }
}

export async function rememberPorts(dataDirectory: string, ports: Ports): Promise<void> {
  await writeFile(path.join(dataDirectory, "ports.json"), `${JSON.stringify(ports)}\n`, { mode: PRIVATE_FILE_MODE });
}

async function readServices(dataDirectory: string): Promise<Services | undefined> {
  try {
    const parsed = SERVICES.safeParse(JSON.parse(await readFile(servicesFile(dataDirectory), "utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Creates the file; replaces one that no live run owns. */
async function create(dataDirectory: string, services: Services): Promise<void> {
  const content = `${JSON.stringify(services, null, 2)}\n`;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(servicesFile(dataDirectory), content, { flag: "wx", mode: PRIVATE_FILE_MODE });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw unwritable(dataDirectory, error);
      }
    }
    const owner = await readServices(dataDirectory);
    const life = owner === undefined ? "gone" : await lifeOf(owner);
    if (owner !== undefined && life !== "gone") throw alreadyRunning(dataDirectory, owner, life);
    await removeFile(dataDirectory, owner?.token);
  }
  throw new JobError("LOCAL_SERVICE", `Another run is starting in ${dataDirectory}: try again in a moment.`);
}

/** Removes the file of this token; without one, a file that cannot be read. Another run may have made its own. */
async function removeFile(dataDirectory: string, token: string | undefined): Promise<void> {
  const found = await readServices(dataDirectory);
  if (found?.token === token) await rm(servicesFile(dataDirectory), { force: true });
}

function alreadyRunning(dataDirectory: string, owner: Services, life: "alive" | "silent"): JobError {
  if (life === "silent") {
    return new JobError(
      "LOCAL_SERVICE",
      `Process ${owner.pid} runs in this folder and does not answer (data in ${dataDirectory}): if Ctrl-Z stopped it, let it go on with fg, or end it; if it is another program, delete ${servicesFile(dataDirectory)}; or start another one beside it with --data-dir <another folder>.`,
    );
  }
  return new JobError(
    "LOCAL_SERVICE",
    `The job already runs in this folder (process ${owner.pid}, data in ${dataDirectory}): use it, stop it with Ctrl-C, or start another one beside it with --data-dir <another folder>.`,
  );
}

/** Opens the control port, which tells its token to every caller. */
async function openControl(token: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(token);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  return server;
}

type Life = "alive" | "silent" | "gone";

/** "silent" when its process lives and its port is open, but nothing came from there in time. */
function lifeOf({ controlPort, token, pid }: Services): Promise<Life> {
  return new Promise((resolve) => {
    const socket = connect(controlPort, "127.0.0.1");
    let heard = "";
    let isLate = false;
    socket.setEncoding("utf8");
    socket.setTimeout(CONTROL_TIMEOUT_MS, () => {
      isLate = true;
      socket.destroy();
    });
    socket.on("data", (chunk: string) => (heard = (heard + chunk).slice(0, 1_000)));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (heard === token) resolve("alive");
      else resolve(isLate && heard === "" && isAlive(pid) ? "silent" : "gone");
    });
  });
}
