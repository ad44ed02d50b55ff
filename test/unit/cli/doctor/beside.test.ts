import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { doctor } from "../../../../src/cli/doctor/run";
import { claimFolder, type FolderClaim } from "../../../../src/local/folder";
import { isFatal } from "../../../support/chat/fatal";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

const DETAILS = { region: "us-east-1", stream: "s", sessionGapMs: 1, index: "i", deadLetterIndex: "d" };
const CREDENTIALS = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };

describe("the doctor beside others", function () {
  this.timeout(60_000);
  let folder: string;
  let claim: FolderClaim;
  let aws: Server;
  let calls = 0;
  let before: NodeJS.ProcessEnv;

  beforeEach(async () => {
    folder = makeFolder("doctor");
    claim = await claimFolder(folder, DETAILS);
    calls = 0;
    // What goes to AWS comes here.
    aws = createServer((_, response) => {
      calls++;
      response.writeHead(403).end("{}");
    });
    await new Promise<void>((resolve) => aws.listen(0, "127.0.0.1", resolve));
    const { port } = aws.address() as AddressInfo;
    before = process.env;
    process.env = { ...before, ...CREDENTIALS, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` };
  });
  afterEach(async () => {
    process.env = before;
    aws.closeAllConnections();
    aws.close();
    await claim.release();
    await removeFolder(folder);
  });

  const examine = () => doctor(["--data-dir", folder], {}, () => undefined);

  it("is refused while the job's services start", async () => {
    await assert.rejects(examine(), isFatal("LOCAL_SERVICE", /still starting: try again/));
    assert.equal(calls, 0);
  });

  it("is refused where a service is missing, and asks AWS nothing in its place", async () => {
    await claim.update({ state: "running", opensearch: "http://127.0.0.1:9" });
    await assert.rejects(examine(), isFatal("LOCAL_SERVICE", /uses other services: give the same endpoints/));
    assert.equal(calls, 0);
  });
});
