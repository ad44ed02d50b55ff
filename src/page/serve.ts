import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { JobError } from "../chat/errors";
import { countDeadLetters } from "../io/opensearch/dead-letter-store";
import { pageApp } from "./app";
import type { PageSources } from "./backend";
import { Door } from "./door";
import { Redriving } from "./letters/redriving";
import { LiveHub } from "./live/hub";

export interface ServedPage {
  /** The link with the token that lets a browser in. */
  readonly link: string;
  close(): Promise<void>;
}

/** Taken when no other is asked for and it is free, so that addresses stay the same. */
const USUAL_PORT = 4_780;
/** A request that takes longer to arrive is given up. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Serves the page on 127.0.0.1 until it is closed. Without a `port` takes the usual one, or any that is free. Rejects
 * with BAD_OPTION when the given port is taken.
 */
export async function servePage(sources: PageSources, port?: number): Promise<ServedPage> {
  const door = new Door();
  const redriving = new Redriving(sources.redrive, (filter) => countDeadLetters(sources.deadLetters, filter));
  const live = new LiveHub(sources);
  const { fetch } = pageApp(sources, door, redriving, live);
  const server = createAdaptorServer({
    // Relative addresses of requests are resolved against this name; the door looks at the Host header itself.
    hostname: "127.0.0.1",
    fetch,
    serverOptions: { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
  }) as Server;
  const taken = await listen(server, port).catch((error: unknown) => {
    live.close();
    throw error;
  });
  return {
    link: `http://127.0.0.1:${taken}/?token=${door.token}`,
    async close() {
      const redriven = redriving.close();
      live.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Browsers keep connections open.
      server.closeAllConnections();
      await closed;
      await redriven;
    },
  };
}

async function listen(server: Server, port: number | undefined): Promise<number> {
  try {
    await listenOn(server, port ?? USUAL_PORT);
  } catch (cause) {
    if (port !== undefined) {
      const sentence = `Port ${port} is not free for the page: leave --page-port out, or give another.`;
      throw new JobError("BAD_OPTION", sentence, { cause });
    }
    await listenOn(server, 0);
  }
  return (server.address() as AddressInfo).port;
}

async function listenOn(server: Server, port: number): Promise<void> {
  server.listen(port, "127.0.0.1");
  // Rejects with the server's error, such as a port that is taken.
  await once(server, "listening");
  // One connection that cannot be taken is no reason to end the job.
  server.on("error", () => undefined);
}
