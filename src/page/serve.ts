import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import { JobError } from "../chat/errors";
import { countDeadLetters } from "../io/opensearch/letters/dead-letter-store";
import { pageApp } from "./app";
import { BasicSignIn } from "./auth/basic";
import { oidcSignIn } from "./auth/oidc";
import type { PageAccess } from "./auth/settings";
import { followTls, TLS_VERSIONS, tlsPair } from "./auth/tls";
import { usersIn } from "./auth/users-file";
import type { PageSources } from "./backend";
import { Door, type PageEnvironment } from "./door";
import { Redriving } from "./letters/redriving";
import { LiveHub } from "./live/hub";
import { publicGuard } from "./public-guard";

interface PagePlace {
  readonly port?: number | undefined;
  /** Missing where the page is for this machine alone. */
  readonly access?: PageAccess | undefined;
}

export interface ServedPage {
  /** The page's address; on this machine alone, with the token that lets a browser in. */
  readonly link: string;
  /** The same without the token: what may be told to others. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Taken when no other is asked for and it is free, so that addresses stay the same. */
const USUAL_PORT = 4_780;
const LOOPBACK = "127.0.0.1";
/** A request that takes longer to arrive is given up. */
const REQUEST_TIMEOUT_MS = 10_000;
const TLS_LIMITS = { ...TLS_VERSIONS, handshakeTimeout: REQUEST_TIMEOUT_MS } as const;
/** Each holds a file of the process, and the job beside the page needs some. */
const MAX_CONNECTIONS = 500;
/** A load balancer's headers: its own cookies, the claims and the access token. It lets 64 KB through. */
const MAX_PROXY_HEADER_BYTES = 65_536;
/**
 * A proxy answers 502 where a connection closes under its request, so the proxy is to close it. Google's load balancer
 * does so after 600 s, which nobody can change, and AWS's after 60 s by default:
 * https://cloud.google.com/load-balancing/docs/https#timeout-keepalive-backends
 */
const PROXY_KEEP_ALIVE_MS = 620_000;

/**
 * Serves the page until it is closed. On this machine alone it takes the usual port, or any that is free, without a
 * `port`. Rejects with BAD_OPTION when the port is taken, or the files of its users or its certificate cannot be used.
 */
export async function servePage(sources: PageSources, { port, access }: PagePlace = {}): Promise<ServedPage> {
  const { guard, linkAt, addressAt } = access === undefined ? byLink() : await bySignIn(access);
  const pair = access?.tls === undefined ? undefined : tlsPair(access.tls);
  const redriving = new Redriving(sources.redrive, (filter) => countDeadLetters(sources.deadLetters, filter));
  const live = new LiveHub(sources);
  const { fetch } = pageApp(sources, guard, redriving, live);
  const limits = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    ...(access?.kind === "oidc-header"
      ? { maxHeaderSize: MAX_PROXY_HEADER_BYTES, keepAliveTimeout: PROXY_KEEP_ALIVE_MS }
      : {}),
  };
  const server = createAdaptorServer({
    // Relative addresses of requests are resolved against this name; the guard looks at the Host header itself.
    hostname: LOOPBACK,
    fetch,
    ...(pair === undefined
      ? { createServer, serverOptions: limits }
      : { createServer: createTlsServer, serverOptions: { ...limits, ...TLS_LIMITS, ...pair.value() } }),
  }) as Server | TlsServer;
  if (access !== undefined) server.maxConnections = MAX_CONNECTIONS;
  const taken = await listen(server, port, access).catch((error: unknown) => {
    live.close();
    throw error;
  });
  const unfollow = pair === undefined ? undefined : followTls(server as TlsServer, pair);
  return {
    link: linkAt(taken),
    address: addressAt(taken),
    port: taken,
    async close() {
      unfollow?.();
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

/** The way in: who is let in, and the address that the command prints. */
interface Way {
  readonly guard: MiddlewareHandler<PageEnvironment>;
  readonly linkAt: (port: number) => string;
  readonly addressAt: (port: number) => string;
}

function byLink(): Way {
  const { guard, token } = new Door();
  const addressAt = (port: number): string => `http://${LOOPBACK}:${port}/`;
  return { guard, linkAt: (port) => `${addressAt(port)}?token=${token}`, addressAt };
}

async function bySignIn(access: PageAccess): Promise<Way> {
  const authenticator =
    access.kind === "basic" ? new BasicSignIn(usersIn(access.usersFile)) : await oidcSignIn(access.token);
  const addressAt = (): string => `${access.origin}/`;
  return { guard: publicGuard(access.origin, authenticator), linkAt: addressAt, addressAt };
}

async function listen(
  server: Server | TlsServer,
  port: number | undefined,
  access: PageAccess | undefined,
): Promise<number> {
  const host = access?.host ?? LOOPBACK;
  try {
    await listenOn(server, port ?? USUAL_PORT, host);
  } catch (cause) {
    // A proxy, or the page's public address, leads to one port.
    if (port !== undefined || access !== undefined) {
      throw new JobError("BAD_OPTION", sentenceOf(cause, port ?? USUAL_PORT, host), { cause });
    }
    await listenOn(server, 0, host);
  }
  return (server.address() as AddressInfo).port;
}

function sentenceOf(cause: unknown, port: number, host: string): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EADDRNOTAVAIL") return `${host} is no address of this machine: give another --page-host.`;
  if (code === "EACCES") return `Port ${port} needs rights that this command lacks: give a --page-port above 1023.`;
  return `Port ${port} is not free for the page: leave --page-port out, or give another.`;
}

async function listenOn(server: Server | TlsServer, port: number, host: string): Promise<void> {
  server.listen(port, host);
  // Rejects with the server's error, such as a port that is taken.
  await once(server, "listening");
  // One connection that cannot be taken is no reason to end the job.
  server.on("error", () => undefined);
}
