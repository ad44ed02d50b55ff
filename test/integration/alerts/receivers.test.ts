/** Receivers that are throttled, refuse, hang or are away, against an oracle over distinct ids. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type AlertingSettings, messageLane, tellReceivers } from "../../../src/alerts";
import { doFn, flatten, impulse, protoOf, withName } from "../../../src/beam";
import { DirectRunner } from "../../../src/beam/direct";
import type { AlertEvent } from "../../../src/chat/alerts/event";
import { undeliveredOf } from "../../../src/chat/alerts/letters";
import { messageAlerts } from "../../../src/chat/alerts/raise";
import { BUILT_IN_RULES, ruleDetectorOf } from "../../../src/chat/alerts/rules";
import { chatMessageCoder } from "../../../src/chat/coders/chat-message";
import type { ChatMessage, DeadLetter } from "../../../src/chat/model";
import { type LocalReceiver, startLocalReceiver } from "../../../src/local/receiver/server";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

/** A multiple of the cool-down. */
const START_MS = 1_700_000_100_000;
/** Longer than a busy machine takes for an answer: an alert that comes twice might be refused at the second time. */
const REQUEST_TIMEOUT_MS = 10_000;
const CARD = "my card is 4111 1111 1111 1111";

interface Chat {
  readonly users: number;
  readonly messages: number;
  readonly stepMs: number;
}

function messagesOf({ users, messages, stepMs }: Chat): readonly ChatMessage[] {
  return Array.from({ length: messages }, (_, index) => {
    const timestampMs = START_MS + index * stepMs;
    const position = { shardId: "s", sequenceNumber: String(index), subSequenceNumber: 0 };
    const content = `${CARD}, ${index}`;
    return { userId: `u${index % users}`, content, timestampMs, arrivalMs: timestampMs, position };
  });
}

const write = doFn("test/alerts/write", {
  outputs: { main: chatMessageCoder },
  open: (chat: Chat) => ({
    process(_impulse: Uint8Array, emit) {
      for (const message of messagesOf(chat)) void emit("main", message, message.timestampMs);
    },
  }),
});

const letters: DeadLetter[] = [];
const keep = doFn("test/alerts/keep", {
  outputs: {},
  open: () => ({ process: (letter: DeadLetter) => void letters.push(letter) }),
});

/** Ids of all alerts that the messages raise. */
function raisedBy(chat: Chat): readonly string[] {
  const detect = ruleDetectorOf(BUILT_IN_RULES);
  return messagesOf(chat).flatMap((message) => messageAlerts(message, detect(message.content), []).map(({ id }) => id));
}

describe("receivers of alerts", function () {
  this.timeout(60_000);
  let folder: string;
  let keyFile: string;
  let webhook: LocalReceiver;
  let bus: LocalReceiver;

  before(async () => {
    folder = makeFolder("alerts");
    keyFile = path.join(folder, "key");
    await writeFile(keyFile, randomBytes(32).toString("base64"));
  });
  after(() => removeFolder(folder));

  beforeEach(async () => {
    letters.length = 0;
    const key = Buffer.from(await readFile(keyFile, "utf8"));
    webhook = await startLocalReceiver(0, key);
    bus = await startLocalReceiver(0, key);
  });
  afterEach(async () => {
    await webhook.close();
    await bus.close();
  });

  const settings = (change: Partial<AlertingSettings> = {}): AlertingSettings => ({
    rules: BUILT_IN_RULES,
    cooldownMs: 300_000,
    gapMs: 300_000,
    attributes: [],
    patience: { maxWaitMs: 30_000, maxWaiting: 1_000 },
    webhook: { url: webhook.url, key: { path: keyFile }, requestTimeoutMs: REQUEST_TIMEOUT_MS },
    eventBridge: {
      connection: { region: "eu-west-1", endpoint: bus.url },
      bus: "default",
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    },
    ...change,
  });

  async function start(chat: Chat, alerts: AlertingSettings) {
    const proto = await protoOf((root) => {
      const messages = root.apply(impulse()).apply(write(chat)).main;
      const told = messageLane({ messages }, { alerts });
      const { deadLetters } = tellReceivers([told], alerts, "chat");
      flatten(deadLetters, "letters").apply(withName("keep", keep()));
    });
    return new DirectRunner().run(proto);
  }

  async function countsOf(run: Awaited<ReturnType<typeof start>>) {
    const sums = new Map<string, number>();
    for (const { kind, name, value } of await run.metrics())
      if (kind === "counter") sums.set(name, (sums.get(name) ?? 0) + value);
    const [raised, suppressed, toWebhook, toBus, undelivered] = [
      ...["alertsRaised", "alertsSuppressed", "alertsToWebhook", "alertsToEventBridge", "alertsUndelivered"],
    ].map((name) => sums.get(name) ?? 0);
    return { raised, suppressed, toWebhook, toBus, undelivered };
  }

  const idsAt = (receiver: LocalReceiver): readonly string[] =>
    receiver.received().map(({ event }) => (event as AlertEvent).id);
  const lettersOf = (name: string): readonly string[] =>
    letters.map(undeliveredOf).flatMap(({ receiver, alert }) => (receiver === name ? [alert.id] : []));

  /** Each raised id is with the receiver or in one letter of it, and nothing else is. */
  function assertConserved(chat: Chat, name: string, receiver: LocalReceiver): void {
    const ids = [...new Set(idsAt(receiver)), ...lettersOf(name)];
    assert.deepEqual(ids.toSorted(), raisedBy(chat).toSorted());
  }

  it("are told once of a storm of 10,000 messages in a minute, and the others are counted", async () => {
    const chat = { users: 1, messages: 10_000, stepMs: 6 };
    const run = await start(chat, settings());
    await run.finished;
    const counts = { raised: 10_000, suppressed: 9_999, toWebhook: 1, toBus: 1, undelivered: 0 };
    assert.deepEqual(await countsOf(run), counts);
    assert.deepEqual(idsAt(webhook), [raisedBy(chat)[0]]);
    assert.deepEqual(idsAt(bus), idsAt(webhook));
  });

  it("are told of each user and of each window of the cool-down", async () => {
    const run = await start({ users: 2, messages: 12, stepMs: 100_000 }, settings());
    await run.finished;
    assert.deepEqual(await countsOf(run), { raised: 12, suppressed: 4, toWebhook: 8, toBus: 8, undelivered: 0 });
  });

  it("that throttle and refuse lose nothing, and what they refuse becomes letters of their own", async () => {
    const chat = { users: 300, messages: 300, stepMs: 1 };
    webhook.setFaults({ throttleFraction: 0.02, refuseFraction: 0.1 });
    bus.setFaults({ throttleFraction: 0.3, refuseFraction: 0.1, seed: 2 });
    const run = await start(chat, settings());
    await run.finished;
    assertConserved(chat, "webhook", webhook);
    assertConserved(chat, "eventbridge", bus);
    const { raised, suppressed, toWebhook, toBus, undelivered } = await countsOf(run);
    assert.deepEqual({ raised, suppressed }, { raised: 300, suppressed: 0 });
    assert.equal(toWebhook, 300 - lettersOf("webhook").length);
    assert.equal(toBus, 300 - lettersOf("eventbridge").length);
    assert.equal(undelivered, letters.length);
    assert.ok(letters.length > 20);
    assert.deepEqual([...new Set(letters.map(({ code }) => code))], ["ALERT_REFUSED"]);
  });

  for (const down of ["reset", "503", "hang"] as const) {
    it(`that are away (${down}) hold back nobody, and get all when they are back`, async () => {
      const chat = { users: 300, messages: 300, stepMs: 1 };
      webhook.setFaults({ down });
      // Each call that hangs lasts as long.
      const own = { url: webhook.url, key: { path: keyFile }, requestTimeoutMs: 500 };
      const run = await start(chat, settings({ webhook: own }));
      await until("the other receiver has all", () => idsAt(bus).length === 300, 20_000);
      assert.equal(idsAt(webhook).length, 0);
      webhook.setFaults({ down: false });
      await run.finished;
      assertConserved(chat, "webhook", webhook);
      assert.deepEqual(letters, []);
    });
  }

  it("that stay away give letters after their time, and replays repeat the ids", async () => {
    const chat = { users: 20, messages: 20, stepMs: 1 };
    webhook.setFaults({ down: "503" });
    const alerts = settings({ patience: { maxWaitMs: 1_000, maxWaiting: 1_000 } });
    await (
      await start(chat, alerts)
    ).finished;
    assertConserved(chat, "webhook", webhook);
    assert.deepEqual([...new Set(letters.map(({ code }) => code))], ["ALERT_NOT_TAKEN"]);
    const first = lettersOf("webhook").toSorted();
    letters.length = 0;
    await (
      await start(chat, alerts)
    ).finished;
    assert.deepEqual(lettersOf("webhook").toSorted(), first);
    assert.equal(new Set(idsAt(bus)).size, 20);
    assert.equal(idsAt(bus).length, 40);
  });

  it("that are away for too many alerts give letters of the rest at once", async () => {
    const chat = { users: 200, messages: 200, stepMs: 1 };
    webhook.setFaults({ down: "reset" });
    const run = await start(chat, settings({ patience: { maxWaitMs: 30_000, maxWaiting: 50 } }));
    await until("letters", () => letters.length === 150, 20_000);
    webhook.setFaults({ down: false });
    await run.finished;
    assert.equal(idsAt(webhook).length, 50);
    assertConserved(chat, "webhook", webhook);
  });

  it("refuse a request that another key has signed", async () => {
    const other = path.join(folder, "other");
    await writeFile(other, randomBytes(32).toString("base64"));
    const patience = { maxWaitMs: 1_000, maxWaiting: 1_000 };
    const own = { url: webhook.url, key: { path: other }, requestTimeoutMs: REQUEST_TIMEOUT_MS };
    await (
      await start({ users: 1, messages: 1, stepMs: 1 }, settings({ patience, webhook: own }))
    ).finished;
    assert.deepEqual(idsAt(webhook), []);
    assert.equal(lettersOf("webhook").length, 1);
  });
});
