import { randomBytes } from "node:crypto";
import { access, writeFile } from "node:fs/promises";
import path from "node:path";
import { type LocalChild, makePrivateFolder } from "../../beam/process";
import { startChild } from "../child";

export interface ReceiverOptions {
  /** File of the key that signs; made when missing. Its folder is the receiver's own. */
  readonly keyFile: string;
  /** 0 or missing takes a free port. */
  readonly port?: number;
  /** Further arguments of main.ts. */
  readonly flags?: readonly string[];
}

const KEY_BYTES = 32;
const PRIVATE_MODE = 0o600;

/** Starts the embedded receiver of alerts as a process of its own. Fails with `JobError` LOCAL_SERVICE. */
export async function startReceiver(options: ReceiverOptions): Promise<LocalChild & { readonly url: string }> {
  const { keyFile, port = 0, flags = [] } = options;
  const folder = path.dirname(keyFile);
  await makePrivateFolder(folder);
  await access(keyFile).catch(() =>
    writeFile(keyFile, `${randomBytes(KEY_BYTES).toString("base64")}\n`, { mode: PRIVATE_MODE }),
  );
  const child = await startChild({
    title: "The embedded receiver of alerts",
    script: "src/local/receiver/main.ts",
    args: ["--key-file", keyFile, "--port", String(port), ...flags],
    logFile: path.join(folder, "server.log"),
  });
  return { ...child, url: `http://127.0.0.1:${child.port}` };
}
