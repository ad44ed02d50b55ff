import assert from "node:assert/strict";
import path from "node:path";
import { BeamError } from "../../../src/beam/error";
import {
  type FlinkJobServerOptions,
  type RunningFlinkJobServer,
  startFlinkJobServer,
} from "../../../src/beam/flink/embedded/launch";
import { freePort } from "../../../src/beam/process/ports";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

describe("the embedded Flink", function () {
  this.timeout(90_000);
  let folder: string;
  let servers: readonly RunningFlinkJobServer[] = [];

  beforeEach(() => {
    folder = makeFolder("flink-local");
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    servers = [];
    await removeFolder(folder);
  });

  const start = (name: string, options: Partial<FlinkJobServerOptions>): Promise<RunningFlinkJobServer> =>
    startFlinkJobServer({ dataDirectory: path.join(folder, name), isShortLived: true, ...options });

  it("starts twice at the same time, and one of the two has the port that both wish for", async () => {
    const webPort = await freePort();
    servers = await Promise.all([start("one", { webPort }), start("other", { webPort })]);
    const urls = servers.map(({ webUrl }) => webUrl);
    assert.equal(new Set(urls).size, 2);
    assert.ok(urls.includes(`http://127.0.0.1:${webPort}`), urls.join());
    for (const url of urls) assert.match(await (await fetch(url)).text(), /<title>Apache Flink Web Dashboard/);
  });

  it("says at once why it cannot start", async () => {
    const started = start("broken", { flinkSettings: { "rest.bind-port": "none" } });
    await assert.rejects(started, (error: unknown) => {
      assert.ok(error instanceof BeamError);
      assert.equal(error.code, "LOCAL_SERVICE");
      assert.match(error.message, /^The embedded Flink ended at its start with exit code 1; it said: /);
      assert.match(error.message, /Invalid port range definition: none\.$/);
      return true;
    });
  });
});
