import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { StreamApi } from "../../../../src/io/kinesis/api";
import { isOfAws, kinesisClient, streamApi } from "../../../../src/io/kinesis/client";
import { decide } from "../../../../src/io/kinesis/retry";

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

describe("an endpoint", () => {
  it("is AWS's own by the names that AWS gives, in any partition and network", () => {
    const own = [
      ...["kinesis.eu-west-1.amazonaws.com", "kinesis-fips.us-gov-west-1.amazonaws.com"],
      ...["vpce-0a1-b2.kinesis.us-east-1.vpce.amazonaws.com", "kinesis.us-east-1.api.aws"],
      ...["kinesis.cn-north-1.amazonaws.com.cn", "kinesis.cn-north-1.api.amazonwebservices.com.cn"],
      ...["kinesis.eusc-de-east-1.amazonaws.eu", "kinesis.eusc-de-east-1.api.amazonwebservices.eu"],
    ];
    for (const host of own) assert.ok(isOfAws(`https://${host}`), host);
    assert.ok(isOfAws(undefined));
    for (const other of ["http://127.0.0.1:4567", "https://kinesalite:4567", "https://amazonaws.com.example.org", "x"])
      assert.ok(!isOfAws(other), other);
  });
});

describe("the calls of reading", () => {
  /** Lets `use` call a server that does what `serve` does with each request, whose body it gets. */
  async function withServer(
    serve: (body: string, request: IncomingMessage, response: ServerResponse) => void,
    use: (api: StreamApi) => Promise<void>,
    timeoutMs = 20_000,
  ): Promise<void> {
    const server = createServer(
      (request, response) => void text(request).then((body) => serve(body, request, response)),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const connection = {
      region: "eu-west-1",
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    };
    const client = kinesisClient(connection);
    // Each answer is the caller's to judge.
    client.config.maxAttempts = () => Promise.resolve(1);
    try {
      await use(streamApi(client, connection, "chat", timeoutMs));
    } finally {
      client.destroy();
      server.closeAllConnections();
      server.close();
    }
  }

  it("end in time, and are tried again, when an answer begins and does not end", async () => {
    const head = { "content-type": "application/x-amz-json-1.1", "content-length": "1000" };
    await withServer(
      (_body, _request, response) => response.writeHead(200, head).write('{"Records":['),
      async (api) => {
        const error: unknown = await api.getRecords("i", 10).catch((own: unknown) => own);
        const decision = decide(error, { operation: "GetRecords", streamName: "chat" });
        assert.deepEqual(decision, { kind: "retry", cause: "timeout", retryAfterMs: undefined });
      },
      300,
    );
  });

  it("begin at the horizon for an emulator that does not answer about a time, and not for a broken connection", async () => {
    const asked: string[] = [];
    let isSilent = true;
    await withServer(
      (body, request, response) => {
        const { ShardIteratorType: type } = JSON.parse(body) as { ShardIteratorType: string };
        asked.push(type);
        if (type === "TRIM_HORIZON") response.end('{"ShardIterator":"i"}');
        else if (!isSilent) request.socket.resetAndDestroy();
      },
      async (api) => {
        const position = { kind: "timestamp", atMs: 1_700_000_000_000 } as const;
        assert.equal(await api.getIterator("s", position), "i");
        assert.deepEqual(asked.splice(0), ["AT_TIMESTAMP", "TRIM_HORIZON"]);
        isSilent = false;
        await assert.rejects(api.getIterator("s", position));
        assert.deepEqual([...new Set(asked)], ["AT_TIMESTAMP"]);
      },
    );
  });
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
