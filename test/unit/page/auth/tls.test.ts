import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { mock } from "node:test";
import { connect } from "node:tls";
import { followTls, tlsPair } from "../../../../src/page/auth/tls";
import { makeCertificate } from "../../../support/page/certificate";
import { type TemporaryFolder, temporaryFolder } from "../../../support/temporary-folder";
import { until } from "../../../support/until";

/** The name in the certificate that a server shows. */
function nameShown(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

describe("the certificate of the page's server", function () {
  this.timeout(30_000);
  let folder: TemporaryFolder;

  before(async () => {
    folder = await temporaryFolder("page-tls");
  });
  after(() => folder.remove());

  it("is taken anew when it was renewed, and stays when the new one cannot be used", async function () {
    const files = await makeCertificate(this, folder.path, "first");
    const next = await makeCertificate(this, folder.path, "second");
    const pair = tlsPair(files);
    const server = createServer(pair.value());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const contexts = mock.method(server, "setSecureContext").mock;
    const unfollow = followTls(server, pair, 50);
    try {
      assert.equal(await nameShown(port), "first");
      renameSync(next.keyFile, files.keyFile);
      renameSync(next.certFile, files.certFile);
      await until("the new certificate is shown", async () => (await nameShown(port)) === "second", 10_000);
      const versions = contexts.calls.map(({ arguments: [options] }) => options.minVersion);
      assert.deepEqual(versions, ["TLSv1.2"], "Node's own least version can be lower");
      writeFileSync(files.certFile, "nonsense");
      // Longer than the file goes without a look.
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      assert.equal(await nameShown(port), "second");
    } finally {
      unfollow();
      server.close();
    }
  });
});
