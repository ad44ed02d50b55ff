import assert from "node:assert/strict";
import { deadLetters } from "../../../src/cli/dead-letters";
import { deadLetterIndexOf, type JobTargets, runJob } from "../../support/chat/job";
import { type HostileRecord, hostileRecords } from "../../support/chat/hostile";
import { putRaw } from "../../support/kinesis/producer";
import { type SentMessage, placeKey } from "../../support/chat/sent";
import { type TestServices, startServices } from "../../support/services";
import { assertParts, readStored } from "../../support/chat/verdict";

const COUNT = 10_000;
const MAX_MESSAGE_BYTES = 262_144;
const SEED = 21;

type StoredLetter = Awaited<ReturnType<typeof readStored>>["deadLetters"][number];

/** Redrives with the same options, under which nothing can succeed: every letter must come back unchanged. */
async function redriveAll({ kinesis, bedrock, openSearch, stream, index }: JobTargets): Promise<unknown> {
  const endpoints = ["--kinesis-endpoint", kinesis, "--bedrock-endpoint", bedrock, "--opensearch-endpoint", openSearch];
  const names = ["--stream", stream, "--index", index, "--dead-letter-index", deadLetterIndexOf(index)];
  return JSON.parse(await deadLetters(["redrive", "--json", ...endpoints, ...names], {}, 130, () => undefined));
}

describe("the job on ten thousand hostile messages", function () {
  this.timeout(300_000);
  let services: TestServices;

  before(async () => {
    services = await startServices();
  });
  after(() => services?.stop());

  it("puts each where it belongs: a session, or a dead letter with its reason and original bytes", async () => {
    const stream = "hostile";
    await services.kinesis.createStream(stream, 4);
    const startMs = Date.now() - 3_600_000;
    const records = hostileRecords(SEED, { count: COUNT, startMs, maxMessageBytes: MAX_MESSAGE_BYTES });
    const places = await putRaw(services.kinesis.client, stream, records);

    const result = await runJob(services.targets(stream), ["--once", "--concurrency", "64"]);

    const refused = new Map<string, HostileRecord>();
    const valid: SentMessage[] = [];
    records.forEach((record, index) => {
      const { message } = record;
      const timestamp = (): number =>
        (JSON.parse(Buffer.from(record.data).toString()) as { timestamp: number }).timestamp;
      if (message === undefined) refused.set(placeKey(places[index]!), record);
      else valid.push({ ...message, timestampMs: timestamp(), place: places[index]! });
    });
    const { parts, deadLetters } = await readStored(services.openSearch.url(), stream);
    const unexpected = deadLetters.filter(({ placeKey: place, kind }) => kind !== "record" || !refused.has(place));
    assert.deepEqual(
      unexpected.map(({ code, stage, messageCount }) => `${code} at ${stage} for ${messageCount} valid messages`),
      [],
    );
    assert.deepEqual(
      [result.read, result.indexed, result.duplicates, result.deadLetters],
      [COUNT, valid.length, 0, refused.size],
    );
    assert.equal(deadLetters.length, refused.size);
    for (const { placeKey: place, code, kind, messageCount, payload } of deadLetters) {
      const record = refused.get(place);
      assert.ok(record, `a dead letter ${code} of a valid message`);
      assert.deepEqual([code, kind, messageCount], [record.deadLetterCode, "record", 1], record.kind);
      assert.ok(payload.equals(Buffer.from(record.data)), `${record.kind}: not the original bytes`);
      refused.delete(place);
    }
    assertParts(parts, valid);

    const targets = services.targets(stream);
    assert.deepEqual(await redriveAll(targets), {
      redriven: deadLetters.length,
      succeeded: 0,
      failedAgain: deadLetters.length,
      truncated: 0,
    });
    const again = await readStored(services.openSearch.url(), stream);
    assertParts(again.parts, valid);
    const told = (letters: readonly StoredLetter[]): string[] =>
      letters.map(({ placeKey: place, code, payload }) => `${place} ${code} ${payload.toString("base64")}`).sort();
    assert.deepEqual(told(again.deadLetters), told(deadLetters));
  });
});
