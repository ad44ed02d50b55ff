/** Sends requests as an attacker writes them, byte by byte: `fetch` would mend them. */
import { connect } from "node:net";

const LIMIT_MS = 10_000;

export interface RawRequest {
  readonly method: string;
  /** Put into the first line as it is. */
  readonly target: string;
  /** Sent in this order; a name may come twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Buffer;
}

export interface RawAnswer {
  /** A status for each answer, in their order. */
  readonly statuses: readonly number[];
  readonly text: string;
}

/** Sends all at once to a port of 127.0.0.1 and resolves with everything received until the server closes. */
export function sendRaw(port: number, ...requests: readonly RawRequest[]): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.concat(requests.map(bytesOf))));
    let text = "";
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error(`no end after ${LIMIT_MS} ms; it said: ${text}`)));
    socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
    socket.once("error", reject);
    socket.once("end", () => {
      socket.destroy();
      resolve({ statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)), text });
    });
  });
}

function bytesOf({ method, target, headers, body = "" }: RawRequest): Buffer {
  const content = Buffer.from(body);
  const length = content.length === 0 ? [] : ([["Content-Length", String(content.length)]] as const);
  const lines = [...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, "latin1"), content]);
}
