/** A Kinesis whose clock differs from this machine's: its answers pass a server that changes their `Date`. */
import assert from "node:assert/strict";
import { DirectRunner } from "../../../src/beam/direct";
import { Pipeline, Root } from "../../../src/beam/sdk";
import { checkStream } from "../../../src/io/kinesis/check";
import { redirectLogs, setLogLevel } from "../../../src/log";
import { readKinesis } from "../../../src/io/kinesis/read";
import { fieldParser, readSettings } from "../../support/kinesis/stream-reader";
import { type ClockProxy, startClockProxy } from "../../support/faults/clock-proxy";
import { until } from "../../support/until";
import { startKinesis, TEST_REGION, type TestKinesis } from "../../support/kinesis/server";

describe("a machine's clock beside Kinesis's", function () {
  this.timeout(90_000);
  let kinesis: TestKinesis;
  let proxy: ClockProxy;

  before(async () => {
    setLogLevel("warn");
    kinesis = await startKinesis();
    await kinesis.createStream("clocks", 1);
    proxy = await startClockProxy(kinesis.url);
  });
  after(async () => {
    setLogLevel(process.env["CHAT_SESSIONS_LOG_LEVEL"] ?? "warn");
    proxy.close();
    await kinesis.stop();
  });
  afterEach(() => redirectLogs(undefined));

  it("that drifts off while the job runs is told once, until it was right", async () => {
    proxy.setBehind(0);
    const lines: string[] = [];
    redirectLogs((line) => void lines.push(line));
    const settings = readSettings({ url: proxy.url }, "clocks", { allowedDisorderMs: 10_000 });
    const pipeline = new Pipeline();
    new Root(pipeline).apply(readKinesis(settings, fieldParser()));
    const run = await new DirectRunner().run(pipeline.getProto());
    const answersCome = async (): Promise<void> => {
      const before = proxy.answers();
      await until("some answers came", () => proxy.answers() > before + 3);
    };
    try {
      for (const [offMs, told] of [
        [0, 0],
        [60_000, 1],
        [61_000, 1],
        [0, 1],
        [-60_000, 2],
      ] as const) {
        proxy.setBehind(offMs);
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
    [60_000, 10_000, /clock is (\d+) s ahead of Kinesis's, more than --allowed-disorder: set it by NTP/],
    [-60_000, 10_000, /clock is (\d+) s behind Kinesis's/],
    [60_000, undefined, undefined],
  ] as const) {
    it(`${offMs} ms off, ${allowedDisorderMs ?? "nothing"} allowed: ${words === undefined ? "silence" : "a line"}`, async () => {
      proxy.setBehind(offMs);
      const lines: string[] = [];
      redirectLogs((line) => void lines.push(line));
      const allowed = allowedDisorderMs === undefined ? {} : { allowedDisorderMs };
      const startMs = performance.now();
      await checkStream({ connection: { region: TEST_REGION, endpoint: proxy.url }, streamName: "clocks", ...allowed });
      assert.equal(lines.length, words === undefined ? 0 : 1, lines.join());
      if (words === undefined) return;
      assert.match(lines[0]!, words);
      // Kinesis tells seconds, and its answer is as old as the call took at most.
      const unsureS = 1 + (performance.now() - startMs) / 1_000;
      const toldS = Number(words.exec(lines[0]!)![1]);
      assert.ok(Math.abs(toldS - Math.abs(offMs) / 1_000) <= unsureS, lines[0]);
    });
  }
});
