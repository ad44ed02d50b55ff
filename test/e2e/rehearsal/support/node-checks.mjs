/**
 * Tries the parts of Node.js that a worker needs, on the host that runs this: `node-checks.mjs <name>` prints one JSON
 * object.
 */
import { Buffer } from "node:buffer";
import dns from "node:dns/promises";
import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import tls from "node:tls";
import v8 from "node:v8";
import { Worker } from "node:worker_threads";

async function thread() {
  const worker = new Worker('require("node:worker_threads").parentPort.postMessage(6 * 7)', { eval: true });
  const [answer] = await once(worker, "message");
  return answer;
}

async function overHttp2() {
  const server = http2.createServer((request, response) => response.end(`you asked for ${request.url}`));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const session = http2.connect(`http://127.0.0.1:${server.address().port}`);
  const stream = session.request({ ":path": "/sessions" });
  let text = "";
  for await (const chunk of stream) text += chunk;
  session.close();
  server.close();
  return text;
}

/** Uses a pre-shared key, which needs no certificate. */
async function overTls() {
  const key = Buffer.from("0123456789abcdef0123456789abcdef", "hex");
  const server = tls.createServer({ ciphers: "PSK", pskCallback: () => key }, (socket) => socket.end("secret"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket = tls.connect({
    ...{ host: "127.0.0.1", port: server.address().port, ciphers: "PSK", minVersion: "TLSv1.2" },
    pskCallback: () => ({ psk: key, identity: "worker" }),
    checkServerIdentity: () => undefined,
  });
  let text = "";
  for await (const chunk of socket) text += chunk;
  server.close();
  return text;
}

async function overIpv6() {
  const server = net.createServer((socket) => socket.end("six"));
  const outcome = await Promise.race([
    once(server.listen(0, "::1"), "listening"),
    once(server, "error").then(([error]) => error.code),
  ]);
  if (outcome === "EADDRNOTAVAIL" || outcome === "EAFNOSUPPORT") return "no IPv6 here";
  let text = "";
  for await (const chunk of net.connect(server.address().port, "::1")) text += chunk;
  server.close();
  return text;
}

async function main() {
  const [name] = process.argv.slice(2);
  const result = {
    version: process.versions.node,
    heapLimitMb: Math.round(v8.getHeapStatistics().heap_size_limit / 1_048_576),
    thread: await thread(),
    http2: await overHttp2(),
    tls: await overTls(),
    ipv6: await overIpv6(),
    roots: tls.rootCertificates.length,
    localhost: (await dns.lookup("localhost", { family: 4 })).address,
    byName: await dns.lookup(name, { all: true, order: "ipv4first" }),
    unknown: await dns.lookup(`not-${name}`).catch((error) => error.code),
    time: new Date(0).toLocaleString("en-GB", { timeZone: "Europe/Berlin" }),
  };
  process.stdout.write(JSON.stringify(result));
}

await main();
