/** A web page, open in a browser on this machine, gets nothing from the embedded services. */
import assert from "node:assert/strict";
import { ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { findServices } from "../../src/local/folder";
import { type RunningServices, startServices } from "../../src/local/services";
import { kinesisClient } from "../support/kinesis/server";
import { type Ask, ask1, ask2, type Question } from "../support/requests/ask";
import { listeningSockets, openSockets } from "../support/processes/listening";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder";

const JSON_TYPE = { "content-type": "application/json" };
const KINESIS_TYPE = "application/x-amz-json-1.1";
const SIGNED = {
  authorization:
    "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=b",
  "x-amz-date": "20260101T000000Z",
};
const CREATE = { ...SIGNED, "x-amz-target": "Kinesis_20131202.CreateStream" };

interface Target {
  /** A change, in the form of the service's own client. */
  readonly change: Question;
  /** A request that reads data. */
  readonly read: Question;
  /** A change by a method that a page may use without asking first; without a content type. */
  readonly simple: Question;
  /** State that differs once the change has been made. */
  state(url: string): Promise<unknown>;
  readonly asks: readonly (readonly [protocol: string, Ask])[];
}

const ONE = [["HTTP/1.1", ask1]] as const;
const BOTH = [...ONE, ["HTTP/2", ask2]] as const;

const createStream = (name: string): Question => ({
  method: "POST",
  path: "/",
  headers: { ...CREATE, "content-type": KINESIS_TYPE },
  body: JSON.stringify({ StreamName: name, ShardCount: 1 }),
});

const TARGETS: Readonly<Record<"kinesis" | "bedrock" | "opensearch", Target>> = {
  kinesis: {
    change: createStream("planted"),
    read: {
      method: "POST",
      path: "/",
      headers: { ...SIGNED, "content-type": KINESIS_TYPE, "x-amz-target": "Kinesis_20131202.ListStreams" },
      body: "{}",
    },
    simple: { ...createStream("planted"), headers: CREATE },
    state: async (url) => {
      const client = kinesisClient(url);
      return (await client.send(new ListStreamsCommand({})).finally(() => client.destroy())).StreamNames;
    },
    asks: ONE,
  },
  bedrock: {
    change: { method: "POST", path: "/_local/faults", headers: JSON_TYPE, body: '{"throttleFraction":1}' },
    read: { method: "GET", path: "/_local/stats" },
    simple: { method: "POST", path: "/_local/faults", body: '{"throttleFraction":1}' },
    state: async (url) => (await fetch(`${url}/_local/faults`)).json(),
    asks: BOTH,
  },
  opensearch: {
    change: { method: "PUT", path: "/planted", headers: JSON_TYPE, body: "{}" },
    read: { method: "GET", path: "/_cat/indices" },
    simple: { method: "POST", path: "/planted/_doc", body: '{"a":1}' },
    state: async (url) => (await fetch(`${url}/_cat/indices/planted*?h=index`)).text(),
    // It speaks HTTP/2 without TLS only after a beginning in HTTP/1.1.
    asks: ONE,
  },
};

describe("the services of this machine", function () {
  this.timeout(180_000);
  let folder: TemporaryFolder;
  let services: RunningServices;

  before(async () => {
    folder = await temporaryFolder("local-services");
    const details = { region: "us-east-1", stream: "s", sessionGapMs: 1, index: "i", deadLetterIndex: "d" };
    const all = { kinesis: true, bedrock: true, opensearch: true };
    services = await startServices(
      { dataDirectory: folder.path, ...all, bedrockLatencyMs: 0, details },
      () => undefined,
    );
  });
  after(async () => {
    await services?.stop();
    await folder?.remove();
  });

  for (const [name, target] of Object.entries(TARGETS) as [keyof typeof TARGETS, Target][]) {
    const urlOf = (): string => services.endpoints[name] ?? "";

    for (const [protocol, ask] of target.asks) {
      /** Headers of requests that a page can cause. */
      const foreign = (): Readonly<Record<string, Readonly<Record<string, string>>>> => {
        const { port } = new URL(urlOf());
        return {
          "a name of the page's own that leads here": { host: "evil.example" },
          "the same with the right port": { host: `evil.example:${port}` },
          "another port's name": { host: `127.0.0.1:${Number(port) + 1}` },
          "a name that begins like the own one": { host: `localhost.evil.example:${port}` },
          "another site": { origin: "https://evil.example" },
          "another site of this machine": { origin: `http://127.0.0.1:${Number(port) + 1}` },
          "a page without an origin": { origin: "null" },
          "another site whose request has no origin": { "sec-fetch-site": "cross-site" },
          "another port's page whose request has no origin": { "sec-fetch-site": "same-site" },
        };
      };

      it(`${name} answers no web page by ${protocol}, and changes nothing for one`, async () => {
        const before = await target.state(urlOf());
        for (const [what, headers] of Object.entries(foreign())) {
          for (const question of [target.read, target.change]) {
            const reply = await ask(urlOf(), { ...question, headers: { ...question.headers, ...headers } });
            assert.equal(reply.status, 403, `${what}: ${question.method} ${question.path} ${reply.body.slice(0, 200)}`);
          }
        }
        assert.deepEqual(await target.state(urlOf()), before);
      });

      it(`${name} takes nothing by ${protocol} in a form that a page may send without asking`, async () => {
        const before = await target.state(urlOf());
        for (const type of ["text/plain", "TEXT/PLAIN; a=application/json", "application/x-www-form-urlencoded", ""]) {
          const headers = { ...target.simple.headers, ...(type === "" ? {} : { "content-type": type }) };
          const reply = await ask(urlOf(), { ...target.simple, headers });
          assert.equal(reply.status, 403, `${type}: ${reply.body.slice(0, 200)}`);
        }
        assert.deepEqual(await target.state(urlOf()), before);
      });

      it(`${name} answers by ${protocol} under each of its own names, and its own page`, async () => {
        const { port } = new URL(urlOf());
        const own = ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"].map((host) => ({ host: `${host}:${port}` }));
        const { headers } = target.read;
        for (const each of [
          ...own,
          { origin: urlOf(), "sec-fetch-site": "same-origin" },
          { "sec-fetch-site": "none" },
        ]) {
          const reply = await ask(urlOf(), { ...target.read, headers: { ...headers, ...each } });
          assert.equal(reply.status, 200, `${JSON.stringify(each)}: ${reply.body.slice(0, 200)}`);
        }
      });
    }

    it(`${name} asks before a foreign page's change in vain`, async () => {
      const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
      const reply = await ask1(urlOf(), { method: "OPTIONS", path: "/", headers });
      assert.equal(reply.status, 403);
    });

    it(`${name} does what its own client asks for`, async () => {
      const before = await target.state(urlOf());
      const reply = await ask1(urlOf(), target.change);
      assert.equal(reply.status, 200, reply.body);
      assert.notDeepEqual(await target.state(urlOf()), before);
    });
  }

  it("listen on this machine's own address alone", async () => {
    const pids = (await findServices(folder.path))?.pids ?? [];
    assert.equal(pids.length, 3);
    const sockets = listeningSockets(pids);
    assert.ok(sockets.length >= 4, "each serves one port at least, OpenSearch two");
    assert.deepEqual(openSockets(sockets), []);
  });
});
