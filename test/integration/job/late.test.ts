import assert from "node:assert/strict";
import { startJob } from "../../support/chat/job";
import { putChat } from "../../support/kinesis/producer";
import type { PlannedRecord } from "../../support/chat/random-chat";
import { type PlannedMessage, placeKey } from "../../support/chat/sent";
import { type TestServices, startServices } from "../../support/services";
import { StoredIndex } from "../../support/opensearch/stored";
import { until } from "../../support/until";
import { assertStored } from "../../support/chat/verdict";

const HOUR_MS = 3_600_000;
const LIMIT_MS = 120_000;
const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  "the direct runner": [],
  Flink: ["--runner", "flink", "--parallelism", "2", "--max-bundle-time", "50ms"],
};

describe("the job on hopelessly late messages", function () {
  this.timeout(3 * LIMIT_MS);
  let services: TestServices;

  before(async () => {
    services = await startServices();
  });
  after(() => services?.stop());

  for (const [index, [runner, runnerFlags]] of Object.entries(RUNNERS).entries()) {
    it(`makes them dead letters at the source, and sessions of all others, on ${runner}`, async () => {
      const stream = `late-${index}`;
      await services.kinesis.createStream(stream, 1);
      const startMs = Date.now() - 12 * HOUR_MS;
      const messages = (prefix: string, offsetMs: number): PlannedRecord[] =>
        Array.from({ length: 10 }, (_, index): PlannedMessage => {
          const userId = `${prefix}-${index}`;
          return {
            userId,
            content: "hello",
            messageId: `${userId}-${offsetMs}`,
            timestampMs: startMs + offsetMs + index,
          };
        }).map((message) => ({ partitionKey: message.userId, messages: [message] }));

      const flags = [
        "--start-position",
        "TRIM_HORIZON",
        "--late",
        "letter",
        "--idle-timeout",
        "1h",
        "--allowed-disorder",
        "10s",
        ...runnerFlags,
      ];
      const job = startJob(services.targets(stream), flags);
      const stored = new StoredIndex(services.openSearch.url(), stream);
      try {
        const { client } = services.kinesis;
        const onTime = await putChat(client, stream, [...messages("early", 0), ...messages("newer", HOUR_MS)]);
        // The watermark has passed the first sessions when they are stored, independent of bundles.
        await until("the first sessions are stored", async () => (await stored.count()) >= 10, LIMIT_MS);
        const late = await putChat(client, stream, messages("late", 60_000));
        const bridged = await putChat(client, stream, messages("newer", HOUR_MS - 5_000));
        await until("the late ones are dead letters", async () => (await stored.deadLetters()).length >= 10, LIMIT_MS);
        await putChat(client, stream, messages("closing", 12 * HOUR_MS));
        await until("all sessions are stored", async () => (await stored.count()) >= 20, LIMIT_MS);

        const { deadLetters } = await assertStored(services.openSearch.url(), stream, [...onTime, ...late, ...bridged]);
        assert.deepEqual(
          deadLetters.map((letter) => [letter.placeKey, letter.code, letter.stage]).sort(),
          late.map(({ place }) => [placeKey(place), "TOO_LATE", "source"]).sort(),
        );
      } finally {
        await stored.close();
        job.signal("SIGKILL");
        await job.ended;
      }
    });
  }
});
