/** A Kinesis whose clock differs from this machine's: its answers pass a server that changes their `Date`. */
import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { DirectRunner } from "../../../src/beam/direct";
import { Pipeline, Root } from "../../../src/beam/sdk";
import { checkStream } from "../../../src/io/kinesis/check";
import { redirectLogs, setLogLevel } from "../../../src/log";
import { readKinesis } from "../../../src/io/kinesis/read";
import { fieldParser, readSettings } from "../../support/kinesis/stream-reader";
import { until } from "../../support/until";
import { startKinesis, TEST_REGION, type TestKinesis } from "../../support/kinesis/server";

describe("a machine's clock beside Kinesis's", () => {
  let kinesis: TestKinesis;
  let server: http.Server;
  let endpoint: string;
  let behindMs = 0;
  let answers = 0;

  before(async () => {
    setLogLevel("warn");
    kinesis = await startKinesis();
    await kinesis.createStream("clocks", 1);
    const { host } = new URL(kinesis.url);
    server = http.createServer((request, response) => {
      const passed = http.request(kinesis.url, { method: "POST", headers: { ...request.headers, host } }, (answer) => {
        const date = new Date(Date.now() - behindMs).toUTCString();
        answers++;
        response.writeHead(answer.statusCode ?? 500, { ...answer.headers, date });
        answer.pipe(response);
      });
      request.pipe(passed);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    setLogLevel(process.env["CHAT_SESSIONS_LOG_LEVEL"] ?? "warn");
    server.closeAllConnections();
    server.close();
    await kinesis.stop();
  });
  afterEach(() => redirectLogs(undefined));

  it("that drifts off while the job runs is told once, until it was right", async () => {
    behindMs = 0;
    const lines: string[] = [];
    redirectLogs((line) => void lines.push(line));
    const settings = readSettings({ url: endpoint }, "clocks", { allowedDisorderMs: 10_000 });
    const pipeline = new Pipeline();
    new Root(pipeline).apply(readKinesis(settings, fieldParser()));
    const run = await new DirectRunner().run(pipeline.getProto());
    const answersCome = async (): Promise<void> => {
      const before = answers;
      await until("some answers came", () => answers > before + 3);
    };
    try {
      for (const [offMs, told] of [
        [0, 0],
        [60_000, 1],
        [61_000, 1],
        [0, 1],
        [-60_000, 2],
      ] as const) {
        behindMs = offMs;
        await answersCome();
        assert.equal(lines.length, told, `${offMs} ms: ${lines.join()}`);
      }
    } finally {
      await run.drain();
    }
  });

  for (const [offMs, allowedDisorderMs, words] of [
    [0, 10_000, undefined],
    [8_000, 10_000, undefined],
    [60_000, 10_000, /clock is (59|60) s ahead of Kinesis's, more than --allowed-disorder: set it by NTP/],
    [-60_000, 10_000, /clock is (59|60|61) s behind Kinesis's/],
    [60_000, undefined, undefined],
  ] as const) {
    it(`${offMs} ms off, ${allowedDisorderMs ?? "nothing"} allowed: ${words === undefined ? "silence" : "a line"}`, async () => {
      behindMs = offMs;
      const lines: string[] = [];
      redirectLogs((line) => void lines.push(line));
      const allowed = allowedDisorderMs === undefined ? {} : { allowedDisorderMs };
      await checkStream({ connection: { region: TEST_REGION, endpoint }, streamName: "clocks", ...allowed });
      assert.equal(lines.length, words === undefined ? 0 : 1, lines.join());
      if (words !== undefined) assert.match(lines[0]!, words);
    });
  }
});
