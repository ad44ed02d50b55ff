/**
 * The embedded Kinesis: kinesalite on 127.0.0.1 in a process of its own, its data on disk.
 * `main.ts <port> <data folder>`; port 0 takes a free one. Ends when its standard input ends.
 */
import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import kinesalite from "kinesalite";
import { endWithParent, reportReady } from "../../beam/process/parent";
import { type Exchange, guarded } from "../origin-guard";

/** Real Kinesis takes seconds to create, split or merge; waiting for that on one machine would only cost time. */
const CONTROL_DELAY_MS = 50;
/** Shards of all streams together, closed ones included: enough for any test of resharding. */
const SHARD_LIMIT = 500;

const [port, dataDirectory] = process.argv.slice(2);
if (port === undefined || dataDirectory === undefined) throw new Error("usage: main.ts <port> <data folder>");
mkdirSync(dataDirectory, { recursive: true });

const server = kinesalite({
  path: dataDirectory,
  createStreamMs: CONTROL_DELAY_MS,
  updateStreamMs: CONTROL_DELAY_MS,
  deleteStreamMs: CONTROL_DELAY_MS,
  shardLimit: SHARD_LIMIT,
});
const [exchange] = server.listeners("request") as [Exchange];
server.off("request", exchange).on("request", guarded(exchange));
server.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
server.listen(Number(port), "127.0.0.1", () => {
  reportReady((server.address() as AddressInfo).port);
});

endWithParent(async () => {
  // kinesalite closes its database first; open keep-alive connections would hold the server up for ever.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
});
