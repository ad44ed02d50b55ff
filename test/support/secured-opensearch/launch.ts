/** A real OpenSearch with fine-grained access control, for one test file. */
import { execFile } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { startProgram } from "../../../src/beam/process/child";
import { environmentFor } from "../../../src/beam/process/environment";
import { openSearchClient, type OpenSearchClient } from "../../../src/io/opensearch/requests/client";
import { type OpenSearchConnection, PASSWORD_VARIABLE } from "../../../src/io/opensearch/settings";
import { temporaryFolder } from "../temporary-folder";
import { until } from "../until";
import { buildSecuredOpenSearch } from "./build";

/** The master user of the plugin's example; nobody else can reach this server. */
const MASTER = { username: "admin", password: "admin" };
/** The plugin refuses weak ones, and those that are like the name. */
const PASSPHRASE = "Correct-Horse-84-Battery";
const STORE_PASSWORD = "changeit";

export interface SecuredOpenSearch {
  /** Client of the master user. */
  readonly master: OpenSearchClient;
  /** A client with this IAM role; `connection` has the same rights. */
  as(roleArn: string): Promise<{ readonly client: OpenSearchClient; readonly connection: OpenSearchConnection }>;
  stop(): Promise<void>;
}

export async function startSecuredOpenSearch(): Promise<SecuredOpenSearch> {
  const { classPath, config } = await buildSecuredOpenSearch(() => undefined);
  const folder = await temporaryFolder("secured-opensearch");
  await mkdir(path.join(folder.path, "config"), { recursive: true });
  await cp(config, path.join(folder.path, "config/opensearch-security"), { recursive: true });
  await makeKeys(path.join(folder.path, "config"));
  const memory = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const child = await startProgram({
    title: "The secured OpenSearch",
    command: "java",
    args: [...memory, "-cp", classPath, "SecuredOpenSearch", folder.path],
    environment: environmentFor([]),
    logFile: path.join(folder.path, "log"),
  });
  const endpoint = `http://127.0.0.1:${child.port}`;
  const clients: OpenSearchClient[] = [];
  const connect = (
    username: string,
    password: string,
  ): { client: OpenSearchClient; connection: OpenSearchConnection } => {
    const connection = { endpoint, requestTimeoutMs: 30_000, auth: { kind: "basic", username } } as const;
    process.env[PASSWORD_VARIABLE] = password;
    const client = openSearchClient(connection);
    clients.push(client);
    return { client, connection };
  };
  const { client: master } = connect(MASTER.username, MASTER.password);
  // The plugin fills its index after the node has started.
  await until(
    "the security plugin knows its users",
    async () => (await master.request({ method: "GET", path: "/" })).status === 200,
    120_000,
  );
  // The plugin's example gives everybody the cluster's part of reading and writing, which would hide a right that
  // lacks.
  const { status: taken } = await master.request({
    method: "DELETE",
    path: "/_plugins/_security/api/rolesmapping/own_index",
  });
  if (taken !== 200) throw new Error(`the example's rights could not be taken away: status ${taken}`);
  return {
    master,
    async as(roleArn) {
      const username = roleArn.split("/").at(-1) ?? "";
      const json = { password: PASSPHRASE, backend_roles: [roleArn] };
      const { status } = await master.request({
        method: "PUT",
        path: `/_plugins/_security/api/internalusers/${username}`,
        json,
      });
      if (status >= 300) throw new Error(`the user ${username} was refused with status ${status}`);
      return connect(username, PASSPHRASE);
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      delete process.env[PASSWORD_VARIABLE];
      await child.stop();
      await folder.remove();
    },
  };
}

/** Makes keys for the traffic between nodes, which the plugin wants even where there is only one. */
async function makeKeys(folder: string): Promise<void> {
  const keytool = (store: string, ...args: readonly string[]) =>
    promisify(execFile)("keytool", [
      ...args,
      ...["-storetype", "PKCS12", "-keystore", path.join(folder, store), "-storepass", STORE_PASSWORD],
    ]);
  const certificate = path.join(folder, "certificate");
  await keytool("keys.p12", "-genkeypair", "-alias", "local", "-keyalg", "EC", "-dname", "CN=local");
  await keytool("keys.p12", "-exportcert", "-alias", "local", "-file", certificate);
  await keytool("trust.p12", "-importcert", "-noprompt", "-alias", "local", "-file", certificate);
}
