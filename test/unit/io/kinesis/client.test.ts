import assert from "node:assert/strict";
import { kinesisClient } from "../../../../src/io/kinesis/client";

describe("the Kinesis client", () => {
  const keyId = async (endpoint?: string): Promise<string> => {
    const client = kinesisClient({ region: "eu-west-1", ...(endpoint === undefined ? {} : { endpoint }) });
    return (await client.config.credentials()).accessKeyId;
  };
  const before = { id: process.env["AWS_ACCESS_KEY_ID"], secret: process.env["AWS_SECRET_ACCESS_KEY"] };
  beforeEach(() => {
    process.env["AWS_ACCESS_KEY_ID"] = "real";
    process.env["AWS_SECRET_ACCESS_KEY"] = "real";
  });
  afterEach(() => {
    restore("AWS_ACCESS_KEY_ID", before.id);
    restore("AWS_SECRET_ACCESS_KEY", before.secret);
  });

  it("shows an emulator on this machine no real credentials, and needs none", async () => {
    assert.equal(await keyId("http://127.0.0.1:4567"), "local");
    assert.equal(await keyId("http://localhost:4567"), "local");
    assert.equal(await keyId("http://[::1]:4567"), "local");
  });

  it("takes the credentials of the environment elsewhere", async () => {
    assert.equal(await keyId(), "real");
    assert.equal(await keyId("https://127.0.0.1:4567"), "real");
    assert.equal(await keyId("http://127.0.0.1.example.com"), "real");
  });
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
