import path from "node:path";
import { type LocalChild, makePrivateFolder } from "../../beam/process";
import { startChild } from "../child";

export interface KinesisOptions {
  /** Folder of the streams; created when missing. One server at a time. */
  readonly dataDirectory: string;
  /** 0 or missing takes a free port. */
  readonly port?: number;
}

/** Starts the embedded Kinesis as a process of its own. Fails with `JobError` LOCAL_SERVICE. */
export async function startKinesis(options: KinesisOptions): Promise<LocalChild & { readonly url: string }> {
  await makePrivateFolder(options.dataDirectory);
  const child = await startChild({
    title: "The embedded Kinesis",
    script: "src/local/kinesis/main.ts",
    args: [String(options.port ?? 0), path.join(options.dataDirectory, "data")],
    logFile: path.join(options.dataDirectory, "server.log"),
  });
  return { ...child, url: `http://127.0.0.1:${child.port}` };
}
