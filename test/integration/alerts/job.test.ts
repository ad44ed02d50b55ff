/** The whole job with receivers of alerts, killed and redriven, against an oracle over distinct ids. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { AlertEvent } from "../../../src/chat/alerts/event";
import { messageAlerts } from "../../../src/chat/alerts/raise";
import { BUILT_IN_RULES, ruleDetectorOf } from "../../../src/chat/alerts/rules";
import type { ChatMessage } from "../../../src/chat/model";
import { deadLetters } from "../../../src/cli/dead-letters";
import { listAlerts } from "../../../src/io/opensearch/alerts/alert-log";
import { openSearchClient } from "../../../src/io/opensearch/requests/client";
import { NO_FAULTS } from "../../../src/local/receiver/faults";
import { type LocalReceiver, startLocalReceiver } from "../../../src/local/receiver/server";
import { runJob, startJob } from "../../support/chat/job";
import { startServices, type TestServices } from "../../support/services";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const USERS = 60;
const START_MS = Date.UTC(2026, 0, 12, 9);

const messages: readonly ChatMessage[] = Array.from({ length: USERS }, (_, index) => {
  const timestampMs = START_MS + index * 1_000;
  return {
    userId: `user-${index}`,
    content: `my card is 4111 1111 1111 1111, the one of order ${index}`,
    messageId: `m-${index}`,
    timestampMs,
    arrivalMs: timestampMs,
    position: { shardId: "s", sequenceNumber: String(index), subSequenceNumber: 0 },
  };
});
const detect = ruleDetectorOf(BUILT_IN_RULES);
/** Ids of the message lane's alerts: one for each user. */
const RAISED = messages.flatMap((each) => messageAlerts(each, detect(each.content), []).map(({ id }) => id)).toSorted();

describe("the job with receivers of alerts", function () {
  this.timeout(240_000);
  let services: TestServices;
  let folder: string;
  let webhook: LocalReceiver;
  let bus: LocalReceiver;
  let input: string;
  let flags: readonly string[];

  before(async () => {
    folder = makeFolder("alerts");
    const [keyFile, key] = [path.join(folder, "key"), randomBytes(32).toString("base64")];
    input = path.join(folder, "chat.jsonl");
    const lines = messages.map(({ userId, content, messageId, timestampMs }) =>
      JSON.stringify({ userId, content, messageId, timestamp: timestampMs }),
    );
    await writeFile(keyFile, key);
    await writeFile(input, `${lines.join("\n")}\n`);
    services = await startServices({ latencyMs: 20 });
    webhook = await startLocalReceiver(0, Buffer.from(key));
    bus = await startLocalReceiver(0, Buffer.from(key));
    flags = [
      ...["--alert-webhook", webhook.url, "--alert-webhook-key", keyFile],
      ...["--alert-bus", "default", "--eventbridge-endpoint", bus.url],
    ];
  });
  after(async () => {
    await Promise.all([services?.stop(), webhook?.close(), bus?.close()]);
    await removeFolder(folder);
  });

  afterEach(() => {
    webhook.setFaults(NO_FAULTS);
    bus.setFaults(NO_FAULTS);
  });

  /** Distinct ids of a lane, sorted. */
  function idsAt(receiver: LocalReceiver, after = 0, lane = "message"): readonly string[] {
    const events = receiver.received(after).map(({ event }) => event as AlertEvent);
    return [...new Set(events.filter(({ data }) => data.lane === lane).map(({ id }) => id))].toSorted();
  }

  it("loses no alert when it is killed while one receiver is away and another is throttled", async () => {
    const targets = { ...services.targets("killed"), input: [input] };
    // The start takes any answer, and refuses a receiver that gives none.
    webhook.setFaults({ down: "503" });
    bus.setFaults({ throttleFraction: 0.3 });
    const first = startJob(targets, flags);
    await until("a part of the alerts is told", () => idsAt(bus).length > 5, 120_000);
    first.signal("SIGKILL");
    await first.ended;
    assert.deepEqual(idsAt(webhook), []);
    webhook.setFaults({ down: false, throttleFraction: 0.02 });
    const account = await runJob(targets, flags);
    assert.deepEqual(idsAt(webhook), RAISED);
    assert.deepEqual(idsAt(bus), RAISED);
    assert.equal(account.indexed + account.alreadyIndexed, USERS);
    // The second lane follows, under the ids of documents.
    assert.equal(idsAt(webhook, 0, "session").length, USERS);
    assert.deepEqual(idsAt(bus, 0, "session"), idsAt(webhook, 0, "session"));
    const client = openSearchClient({ endpoint: targets.openSearch, auth: { kind: "none" }, requestTimeoutMs: 30_000 });
    try {
      await client.request({ method: "POST", path: "/killed-alerts/_refresh" });
      const { alerts } = await listAlerts(client, "killed-alerts", { lane: "message" }, 1_000);
      assert.deepEqual(alerts.map(({ id }) => id).toSorted(), RAISED);
    } finally {
      await client.close();
    }
  });

  it("keeps what a receiver has not taken as letters, and redrives them to it alone", async () => {
    const targets = { ...services.targets("letters"), input: [input] };
    const [ofWebhook, ofBus] = [webhook.received().length, bus.received().at(-1)?.number ?? 0];
    webhook.setFaults({ down: "503" });
    const account = await runJob(targets, [...flags, "--alert-max-wait", "1s"]);
    const { alertsRaised, alertsToEventBridge, alertsUndelivered, alertsToWebhook } = account as Record<
      string,
      unknown
    >;
    assert.deepEqual(
      { alertsRaised, alertsToEventBridge, alertsUndelivered, alertsToWebhook },
      {
        alertsRaised: 2 * USERS,
        alertsToEventBridge: 2 * USERS,
        alertsUndelivered: 2 * USERS,
        alertsToWebhook: undefined,
      },
    );
    assert.equal(account.deadLetters, 0);
    assert.equal(webhook.received().length, ofWebhook);
    webhook.setFaults({ down: false });
    const told = bus.received().at(-1)?.number ?? 0;
    assert.ok(told > ofBus);
    const where = ["--bedrock-endpoint", targets.bedrock, "--opensearch-endpoint", targets.openSearch];
    const argv = ["redrive", "--stage", "alert", "--json", "--index", targets.index, ...where, ...flags];
    const redriven = await deadLetters(argv, {}, 100, () => undefined);
    assert.deepEqual(JSON.parse(redriven), {
      redriven: 2 * USERS,
      succeeded: 2 * USERS,
      failedAgain: 0,
      truncated: 0,
    });
    assert.deepEqual(idsAt(webhook, ofWebhook), RAISED);
    assert.deepEqual(bus.received(told), []);
  });
});
