/**
 * Alerts and redaction on a real Flink: each alert ends somewhere while workers are killed and receivers fail, and
 * canaries in every field of records come out nowhere, checkpoints and the savepoint included.
 */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Lane } from "../../../src/chat/alerts/alert";
import { ENTITIES } from "../../../src/chat/detectors/entities";
import type { ChatMessage } from "../../../src/chat/model";
import { redactorOf } from "../../../src/chat/privacy/redactor";
import { keyHash } from "../../../src/chat/steps/ids/key-hash";
import type { LocalReceiver } from "../../../src/local/receiver/server";
import { resultOf, runJob } from "../../support/chat/job";
import { eventsAt, firstsOf, letterIds, loggedIds, raisedBy } from "../../support/chat/told";
import { type AlertedJob, startAlertedJob } from "../../support/flink/alerted-job";
import type { RawRecord } from "../../support/kinesis/producer";
import { OUTAGE_MS, SOAK } from "../../support/long";
import { CANARIES, canariesIn, canaryRecords, indexed } from "../../support/privacy/canaries";
import { filesBelow } from "../../support/privacy/files-below";
import { scrape, totalOf } from "../../support/telemetry/scrape";

const USERS = 40;
const HOUR_MS = 3_600_000;
const COOLDOWN_MS = 300_000;
/** Times of a user's messages; both lie in one window of the cool-down. */
const MESSAGE_TIMES_MS = [0, 60_000];
/** While a receiver is away. */
const KILLS = SOAK ? 8 : 1;
const AWAY_MS = SOAK ? OUTAGE_MS : 4_000;
/** Messages that are put at once while it is away. */
const BATCH = 4;
/** Users enough for each shard to have some. */
const MARKED_USERS = 8;
const WAITING = "this session waits for a model";
const OPEN = "this session is open";
const STOPPED = z.object({ stopped: z.literal(true), savepoint: z.string() });

const startMs = Math.floor((Date.now() - 3 * HOUR_MS) / COOLDOWN_MS) * COOLDOWN_MS;
const redactor = redactorOf({ redaction: { entities: ENTITIES, mask: "type", where: "both" } });

/** A card number and a threat of each of these users, again and again. */
function messagesOf(users: readonly number[]): readonly ChatMessage[] {
  return MESSAGE_TIMES_MS.flatMap((laterMs) =>
    users.map((user): ChatMessage => {
      const timestampMs = startMs + laterMs + user;
      return {
        userId: `user-${user}`,
        content: `my card is ${CANARIES.card}, order ${user}, and I know where you live`,
        messageId: `m-${user}-${laterMs}`,
        timestampMs,
        arrivalMs: timestampMs,
        position: { shardId: "s", sequenceNumber: "0", subSequenceNumber: 0 },
      };
    }),
  );
}

const USER_NUMBERS = Array.from({ length: USERS }, (_, user) => user);
const FIRST = messagesOf(USER_NUMBERS.slice(0, USERS / 2));
const LATER = messagesOf(USER_NUMBERS.slice(USERS / 2));
const HASHES = new Set(USER_NUMBERS.map((user) => keyHash(`user-${user}`)));

/** Ids of the alerts that must be told, sorted. */
function idsToTell(messages: readonly ChatMessage[]): readonly string[] {
  const raised = raisedBy(messages.map((message) => redactor.message(message)));
  return sorted(firstsOf(raised, COOLDOWN_MS).map(({ id }) => id));
}

function recordsOf(messages: readonly ChatMessage[]): readonly RawRecord[] {
  return messages.map(({ userId, content, messageId, timestampMs }) => ({
    partitionKey: userId,
    data: Buffer.from(JSON.stringify({ userId, content, messageId, timestamp: timestampMs })),
  }));
}

/** Records of sessions by which a text is found again. */
function marked(text: string, timestamp: number): readonly RawRecord[] {
  const users = Array.from({ length: MARKED_USERS }, (_, user) => `${text}, ${user}`);
  return users.map((userId) => ({
    partitionKey: userId,
    data: Buffer.from(
      JSON.stringify({ userId, content: `${text}: ${CANARIES.card}.`, meta: { channel: CANARIES.email }, timestamp }),
    ),
  }));
}

/** The text of such a record as it must be after parsing. */
const redacted = (text: string): string => `${text}: [CARD].`;

function sorted(ids: Iterable<string>): readonly string[] {
  return [...new Set(ids)].toSorted();
}

describe("alerts and redaction on Flink", function () {
  this.timeout(300_000 + 2 * AWAY_MS);
  let job: AlertedJob;

  before(async () => {
    job = await startAlertedJob("alerts-on-flink", { throttleFraction: 0.02, refuseFraction: 0.1 });
  });
  after(() => job?.close());

  /** Ids that a receiver was told of the users of the first messages, sorted. */
  function told(receiver: LocalReceiver, lane: Lane): readonly string[] {
    const own = eventsAt(receiver).filter(({ data }) => data.lane === lane && HASHES.has(data.sessionKeyHash));
    return sorted(own.map(({ id }) => id));
  }

  /** The same with those of which there are letters; `known` are the ids that the lane may have. */
  async function toldOrLetter(lane: Lane, known: readonly string[]): Promise<readonly string[]> {
    const letters = (await letterIds(job.targets, "webhook")).filter((id) => known.includes(id));
    return sorted([...told(job.webhook, lane), ...letters]);
  }

  /** Waits until two things are equal, and tells the difference when they are not in time. */
  async function becomes<T>(what: string, actual: () => Promise<T>, expected: T): Promise<void> {
    const isEqual = async (): Promise<boolean> => isDeepStrictEqual(await actual(), expected);
    await job.whileRunning(what, isEqual).catch(async (error: unknown) => {
      assert.deepEqual(await actual(), expected, what);
      throw error;
    });
  }

  async function counts(): Promise<object> {
    const samples = await scrape(job.metricsUrl);
    const of = (name: string, receiver?: string): number | undefined =>
      totalOf(
        samples.filter(({ labels }) => receiver === undefined || labels["receiver"] === receiver),
        `chat_sessions_alerts_${name}_total`,
      );
    const letters = (await letterIds(job.targets, "webhook")).length;
    return {
      ...{ raised: of("raised"), suppressed: of("suppressed"), logged: of("delivered", "index") },
      ...{ toBus: of("delivered", "eventbridge"), toWebhookOrLetters: (of("delivered", "webhook") ?? 0) + letters },
      areLettersCounted: letters > 0 && of("undelivered", "webhook") === letters,
    };
  }

  it("counts each alert as delivered, suppressed or a letter where a receiver throttles and refuses", async () => {
    await job.put(recordsOf(FIRST));
    const ids = idsToTell(FIRST);
    await becomes("the bus has them", async () => told(job.bus, "message"), ids);
    const [raised, delivered] = [2 * ids.length, ids.length];
    await becomes("the counts are equal", counts, {
      ...{ raised, suppressed: raised - delivered, logged: delivered },
      ...{ toBus: delivered, toWebhookOrLetters: delivered, areLettersCounted: true },
    });
  });

  it("loses no alert while workers are killed and a receiver is away", async () => {
    const { bus, webhook } = job;
    const [before, ids] = [told(webhook, "message").length, idsToTell([...FIRST, ...LATER])];
    bus.setFaults({ down: "503" });
    const awayUntilMs = Date.now() + AWAY_MS;
    const records = recordsOf(LATER);
    const put = (async () => {
      for (let at = 0; at < records.length; at += BATCH) {
        await job.put(records.slice(at, at + BATCH));
        await sleep((AWAY_MS * BATCH) / records.length);
      }
    })();
    put.catch(() => undefined);
    await job.whileRunning("one of them is told", () => told(webhook, "message").length > before);
    for (let kill = 1; kill <= KILLS; kill++) {
      // The source has gone on in it from what waits for the bus.
      const { completed } = await job.checkpoints();
      await job.whileRunning(
        "a checkpoint begins and ends",
        async () => (await job.checkpoints()).completed > completed + 1,
      );
      await job.killWorkers();
      await job.whileRunning("the job is restored", async () => (await job.checkpoints()).restored >= kill);
      if (kill < KILLS) await sleep(AWAY_MS / KILLS);
    }
    await put;
    await sleep(Math.max(0, awayUntilMs - Date.now()));
    assert.deepEqual(told(bus, "message"), idsToTell(FIRST), "the bus was away");
    bus.setFaults({ down: false });
    await becomes("the bus has all", async () => told(bus, "message"), ids);
    await becomes("the webhook has all, or letters", () => toldOrLetter("message", ids), ids);
    await becomes("the log has all", async () => sorted(await loggedIds(job.targets, "message")), ids);
    assert.deepEqual(await letterIds(job.targets, "eventbridge"), []);
    assert.deepEqual([told(webhook, "session"), told(bus, "session")], [[], []], "sessions are still open");
  });

  it("leaves canaries in no checkpoint, savepoint, log, metric, alert, letter, document or request to a model", async () => {
    const { bus, bedrock, targets } = job;
    const canaries = canaryRecords(Date.now() - 2 * HOUR_MS);
    await job.put(canaries.map((text, index) => ({ partitionKey: String(index), data: Buffer.from(text) })));
    const kindsTold = (): number =>
      new Set(eventsAt(bus).flatMap(({ data }) => (data.sessionKeyHash === keyHash("u1") ? data.kinds : []))).size;
    await job.whileRunning("canaries raise alerts", () => kindsTold() === 4);
    await job.whileRunning("sessions before raise theirs", () => told(bus, "session").length === USERS);
    const sessions = told(bus, "session");
    await becomes("the webhook has those, or letters", () => toldOrLetter("session", sessions), sessions);
    await job.put(marked(WAITING, Date.now() - HOUR_MS));
    const isRead = (text: string): boolean => bedrock.bodies.some((body) => body.includes(text));
    await job.whileRunning("a model reads the canaries' session", () => isRead("my own is [CARD]"));
    await job.whileRunning("it is indexed", async () => (await indexed(targets)).includes("my own is [CARD]"));
    assert.match(await indexed(targets), /"alerts":\[[^\]]*"card"/, "its document names what was redacted");
    await job.setBedrockFaults({ down: "503" });
    bus.setFaults({ down: "503" });
    await job.put(marked(OPEN, Date.now() - HOUR_MS / 2));
    await job.whileRunning("a session waits for a model", () => isRead(redacted(WAITING)));
    const checkpoints = (): readonly Uint8Array[] =>
      filesBelow(job.runsFolder).flatMap(({ path, bytes }) => (path.includes("/checkpoints/") ? [bytes] : []));
    await job.whileRunning("a checkpoint has both sessions", () => holds(checkpoints(), [WAITING, OPEN]));

    const files = filesBelow(job.runsFolder);
    for (const name of ["/flink.log", "/workers.log", "/_metadata"])
      assert.ok(
        files.some(({ path }) => path.endsWith(name)),
        `${name} is looked at`,
      );
    const metrics = await (await fetch(`${job.metricsUrl}/metrics`)).text();
    assert.match(metrics, /^chat_sessions_alerts_raised_total\S* [1-9]/m);
    const found = [
      ...files.flatMap(({ path, bytes }) => canariesIn(path, bytes)),
      ...canariesIn("a metric", metrics),
      ...canariesIn("a failure", await job.failures()),
    ];
    job.run.signal("SIGINT");
    const end = await job.run.ended;
    const { savepoint } = STOPPED.parse(resultOf(end));
    const saved = filesBelow(savepoint.replace(/^file:/, ""));
    assert.ok(
      holds(
        saved.map(({ bytes }) => bytes),
        [WAITING, OPEN],
      ),
      "the savepoint has both sessions",
    );
    const received = [job.webhook, bus].map((receiver) => JSON.stringify(receiver.received())).join();
    assert.match(received, /"attributes":\{"channel":"\[EMAIL\]"\}/);
    const left = [
      ...saved.flatMap(({ path, bytes }) => canariesIn(path, bytes)),
      ...canariesIn("the index", await indexed(targets)),
      ...canariesIn("a model's request", bedrock.bodies.join("\n")),
      ...canariesIn("an alert", received),
      ...canariesIn("standard output", end.stdout),
      ...canariesIn("standard error", end.stderr),
    ];
    assert.deepEqual([...found, ...left], []);
  });

  it("repeats ids in a replay, whose account is exact", async () => {
    const { bus, webhook, targets } = job;
    const [messages, sessions] = [idsToTell([...FIRST, ...LATER]), told(bus, "session")];
    assert.equal(sessions.length, USERS);
    await job.setBedrockFaults({ down: false });
    bus.setFaults({ down: false });
    webhook.setFaults({ throttleFraction: 0, refuseFraction: 0 });
    const account: Readonly<Record<string, unknown>> = await runJob(targets, ["--once", ...job.flags]);
    const { alertsRaised, alertsSuppressed, alertsToWebhook, alertsToEventBridge, alertsUndelivered } = account;
    assert.equal(alertsUndelivered, undefined);
    assert.ok((alertsSuppressed as number) >= messages.length);
    assert.equal(alertsToWebhook, (alertsRaised as number) - (alertsSuppressed as number));
    assert.equal(alertsToEventBridge, alertsToWebhook);
    for (const receiver of [webhook, bus]) assert.deepEqual(told(receiver, "message"), messages);
    assert.deepEqual(told(bus, "session"), sessions);
    assert.deepEqual(await toldOrLetter("session", sessions), sessions);
  });
});

/** True when each text stands somewhere, redacted: so what is not found is not hidden by a form of the bytes. */
function holds(files: readonly Uint8Array[], texts: readonly string[]): boolean {
  return texts.every((text) => files.some((bytes) => Buffer.from(bytes).includes(redacted(text))));
}
