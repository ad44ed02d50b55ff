import { createSocket } from "node:dgram";
import { once } from "node:events";

const PORT = 53;
const HEADER_BYTES = 12;
const TYPE_A = 1;
const NO_SUCH_NAME = 3;
const ANSWERED = 0x8180;

export interface NameServer {
  readonly address: string;
  stop(): void;
}

/**
 * Starts a DNS server that knows one name, with an IPv4 address, on a loopback address of its own; takes root's rights.
 */
export async function startNameServer(name: string, ipv4: string): Promise<NameServer> {
  const address = "127.0.77.53";
  const known = Buffer.concat([
    ...name.split(".").map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])),
    Buffer.of(0),
  ]);
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address: from }) => {
    const end = query.indexOf(0, HEADER_BYTES) + 1;
    const isKnown = query.subarray(HEADER_BYTES, end).equals(known);
    const hasAnswer = isKnown && query.readUInt16BE(end) === TYPE_A;
    const header = Buffer.alloc(HEADER_BYTES);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(isKnown ? ANSWERED : ANSWERED | NO_SUCH_NAME, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(hasAnswer ? 1 : 0, 6);
    // A pointer to the name in the question, type A, class IN, a minute to live, four bytes.
    const answer = Buffer.of(0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, ...ipv4.split(".").map(Number));
    const question = query.subarray(HEADER_BYTES, end + 4);
    socket.send(Buffer.concat([header, question, ...(hasAnswer ? [answer] : [])]), port, from);
  });
  socket.bind(PORT, address);
  await once(socket, "listening");
  return { address, stop: () => socket.close() };
}
