/** Calls any method of any gRPC server without knowing its messages: an empty message is one of every kind. */
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";

/** A busy server answers late; the deadline ends what hangs. */
const DEADLINE_MS = 30_000;
const EMPTY = Buffer.alloc(0);

/** Sends one empty message and resolves with the code at the call's end, by its name in `status`. */
export async function codeOf(port: number, method: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
  try {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    const same = (bytes: Buffer): Buffer => bytes;
    // A stream serves for unary methods as well: one message each way.
    const call = client.makeBidiStreamRequest(method, same, same, metadata, { deadline: Date.now() + DEADLINE_MS });
    const ended = new Promise<number>((resolve) => call.once("status", ({ code }: { code: number }) => resolve(code)));
    call.on("error", () => undefined);
    call.on("data", () => undefined);
    call.write(EMPTY);
    call.end();
    return status[await ended] ?? "none";
  } finally {
    client.close();
  }
}

/** True when a gRPC server answers there: it says that it does not know a method that no server has. */
export async function speaksGrpc(port: number): Promise<boolean> {
  return (await codeOf(port, "/nobody/Has", {})) === "UNIMPLEMENTED";
}
