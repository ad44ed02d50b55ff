import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { BeamError } from "../../../../../src/beam/error";
import { NoAnswer, openSearchClient } from "../../../../../src/io/opensearch/requests/client";
import { PASSWORD_VARIABLE } from "../../../../../src/io/opensearch/settings";
import { isFatal } from "../../../../support/chat/fatal";

const isNoAnswer =
  (kind: NoAnswer["kind"]) =>
  (error: unknown): error is NoAnswer =>
    error instanceof NoAnswer && error.kind === kind;

describe("the OpenSearch client", () => {
  let server: Server;
  let endpoint: string;
  let answer = "{}";
  let status = 200;
  let date: string | undefined;
  let lastRequest: IncomingMessage | undefined;
  const passwordBefore = process.env[PASSWORD_VARIABLE];

  before(async () => {
    server = createServer((request, response) => {
      lastRequest = request;
      response.writeHead(status, { "content-type": "application/json", "retry-after": "2", ...(date && { date }) });
      response.end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  afterEach(() => {
    [status, answer, date] = [200, "{}", undefined];
    if (passwordBefore === undefined) delete process.env[PASSWORD_VARIABLE];
    else process.env[PASSWORD_VARIABLE] = passwordBefore;
  });

  const basic = () => ({ endpoint, auth: { kind: "basic", username: "ann" }, requestTimeoutMs: 5_000 }) as const;

  it("takes the password of basic authentication from the environment", async () => {
    process.env[PASSWORD_VARIABLE] = "s3cret";
    const client = openSearchClient(basic());
    await client.request({ method: "GET", path: "/" });
    await client.close();
    const expected = `Basic ${Buffer.from("ann:s3cret").toString("base64")}`;
    assert.equal(lastRequest?.headers.authorization, expected);
  });

  it("says which variable is missing", () => {
    delete process.env[PASSWORD_VARIABLE];
    assert.throws(
      () => openSearchClient(basic()),
      (error) =>
        error instanceof BeamError && error.code === "NO_CREDENTIALS" && error.message.includes(PASSWORD_VARIABLE),
    );
  });

  it("hands on how long a server that refuses wants to be left alone", async () => {
    status = 503;
    const client = openSearchClient({ endpoint, auth: { kind: "none" }, requestTimeoutMs: 5_000 });
    const refusal = await client.request({ method: "GET", path: "/" });
    status = 200;
    const { retryAfterMs } = await client.request({ method: "GET", path: "/" });
    await client.close();
    assert.deepEqual([refusal.status, refusal.retryAfterMs, retryAfterMs], [503, 2_000, undefined]);
  });

  it("says that the clock is off when AWS refuses a signature for its time", async () => {
    [status, answer] = [403, JSON.stringify({ message: "Signature expired: 20261128T140000Z is now earlier than …" })];
    date = new Date(Date.now() + 600_000).toUTCString();
    const connection = { endpoint, auth: { kind: "none" }, requestTimeoutMs: 5_000 } as const;
    // The header has whole seconds.
    const words =
      /clock is (?:599|600) s behind OpenSearch's, so OpenSearch refuses .*\(status 403\): set it by NTP\.$/;
    const starting = openSearchClient(connection);
    await assert.rejects(starting.request({ method: "GET", path: "/" }), isFatal("NO_CREDENTIALS", words));
    const running = openSearchClient(connection, true);
    await assert.rejects(
      running.request({ method: "GET", path: "/" }),
      (error) => isNoAnswer("clock")(error) && words.test(error.message),
    );
    answer = JSON.stringify({ message: "User: arn:aws:iam::1:user/a is not authorized to perform: es:ESHttpGet" });
    assert.equal((await starting.request({ method: "GET", path: "/" })).status, 403);
    await Promise.all([starting.close(), running.close()]);
  });

  it("tells a server that answers too late from one that is away", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const client = openSearchClient({ endpoint: url, auth: { kind: "none" }, requestTimeoutMs: 50 });
    await assert.rejects(client.request({ method: "GET", path: "/" }), isNoAnswer("timeout"));
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
    const patient = openSearchClient({ endpoint: url, auth: { kind: "none" }, requestTimeoutMs: 5_000 });
    await assert.rejects(patient.request({ method: "GET", path: "/" }), isNoAnswer("network"));
    await Promise.all([client.close(), patient.close()]);
  });

  it("quotes nothing of an answer that it cannot read", async () => {
    answer = '{"error":{"reason":"hunter2"}';
    const client = openSearchClient({ endpoint, auth: { kind: "none" }, requestTimeoutMs: 5_000 });
    for (const broken of [answer, "hunter2", '{"a":hunter2}']) {
      answer = broken;
      await assert.rejects(
        client.request({ method: "GET", path: "/" }),
        (error) => isNoAnswer("_OTHER")(error) && !error.message.includes("hunt"),
      );
    }
    await client.close();
  });

  describe("with credentials of AWS's chain", () => {
    const KEYS = [
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_EC2_METADATA_DISABLED",
      "HOME",
      "AWS_PROFILE",
    ] as const;
    const before = KEYS.map((key) => [key, process.env[key]] as const);
    const sigv4 = () => ({ endpoint, auth: { kind: "sigv4", region: "eu-west-1" }, requestTimeoutMs: 5_000 }) as const;

    beforeEach(() => {
      answer = "{}";
      for (const key of KEYS) delete process.env[key];
      process.env["AWS_EC2_METADATA_DISABLED"] = "true";
      process.env["HOME"] = "/nonexistent";
    });

    afterEach(() => {
      for (const [key, value] of before) {
        if (value === undefined) delete process.env[key];
        else process.env[key] = value;
      }
    });

    const appear = (): void => {
      process.env["AWS_ACCESS_KEY_ID"] = "local";
      process.env["AWS_SECRET_ACCESS_KEY"] = "local";
    };

    it("says that there are none, at the start", async () => {
      const client = openSearchClient(sigv4());
      await assert.rejects(
        client.request({ method: "GET", path: "/" }),
        isFatal("NO_CREDENTIALS", /No AWS credentials were found for OpenSearch/),
      );
      await client.close();
    });

    it("takes their absence for trouble that passes once the job runs", async () => {
      const client = openSearchClient(sigv4(), true);
      await assert.rejects(client.request({ method: "GET", path: "/" }), isNoAnswer("credentials"));
      appear();
      assert.equal((await client.request({ method: "GET", path: "/" })).status, 200);
      assert.match(lastRequest?.headers.authorization ?? "", /^AWS4-HMAC-SHA256 Credential=local\//);
      await client.close();
    });
  });
});
