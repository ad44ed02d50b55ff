/**
 * The program of `kinesis-local`, which would listen on all interfaces, on 127.0.0.1. It has no setting for that, so
 * its sockets are opened elsewhere than it asks. Prints the ready line, and ends when its standard input does.
 */
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import { endWithParent, reportReady } from "../../../src/beam/process/parent";

/** Ports that stand for the plain and the encrypted service; both get free ones. */
const [PLAIN, ENCRYPTED] = ["1", "2"] as const;
const CONTROL_DELAY = "50ms";
const PROGRAM = require.resolve("kinesis-local/main.js");

Object.assign(process.env, {
  KINESIS_MOCK_PLAIN_PORT: PLAIN,
  KINESIS_MOCK_TLS_PORT: ENCRYPTED,
  KINESIS_MOCK_CERT_PATH: path.join(path.dirname(PROGRAM), "server.json"),
  CREATE_STREAM_DURATION: CONTROL_DELAY,
  DELETE_STREAM_DURATION: CONTROL_DELAY,
  SPLIT_SHARD_DURATION: CONTROL_DELAY,
  MERGE_SHARDS_DURATION: CONTROL_DELAY,
  SHARD_LIMIT: "500",
  LOG_LEVEL: "ERROR",
});

const { listen } = net.Server.prototype; // eslint-disable-line @typescript-eslint/unbound-method -- called with a server below
net.Server.prototype.listen = function (this: net.Server, port: unknown, onListening: unknown): net.Server {
  if (String(port) === PLAIN) this.once("listening", () => reportReady((this.address() as AddressInfo).port));
  return Reflect.apply(listen, this, [{ port: 0, host: "127.0.0.1" }, onListening]) as net.Server;
} as typeof listen;

require(PROGRAM); // eslint-disable-line @typescript-eslint/no-require-imports -- it reads its settings when it is loaded
endWithParent(async () => undefined);
