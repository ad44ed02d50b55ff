/**
 * Alerts and redaction on a real Flink whose workers are killed: each alert ends somewhere, and canaries in every field
 * of records come out nowhere, checkpoints and the savepoint included.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { freePort } from "../../../src/beam/process";
import type { AlertEvent } from "../../../src/chat/alerts/event";
import { ENTITIES } from "../../../src/chat/detectors/entities";
import type { ChatMessage } from "../../../src/chat/model";
import { redactorOf } from "../../../src/chat/privacy/redactor";
import { keyHash } from "../../../src/chat/steps/key-hash";
import { type LocalReceiver, startLocalReceiver } from "../../../src/local/receiver/server";
import { resultOf, type RunningJob, runJob, startJob } from "../../support/chat/job";
import { assertTold, eventsAt, letterIds, raisedBy, untold } from "../../support/chat/told";
import { type RecordingProxy, startRecordingProxy } from "../../support/faults/recording-proxy";
import { putRaw } from "../../support/kinesis/producer";
import { OUTAGE_MS, SOAK } from "../../support/long";
import { canariesIn, canaryRecords, indexed } from "../../support/privacy/canaries";
import { filesBelow } from "../../support/privacy/files-below";
import { workersBelow } from "../../support/processes/running";
import { startServices, type TestServices } from "../../support/services";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";
import { until } from "../../support/until";

const STREAM = "alerts-on-flink";
const USERS = 40;
const HOUR_MS = 3_600_000;
/** The cool-down's windows: all messages of a user lie in one. */
const WINDOW_MS = 300_000;
/** Workers are killed while a receiver is away. */
const KILLS = SOAK ? 8 : 1;
const AWAY_MS = SOAK ? OUTAGE_MS : 3_000;
const WAIT_MS = 150_000;
const STOPPED = z.object({ stopped: z.literal(true), savepoint: z.string() });
/** What a redacted message of an open session has in a checkpoint. */
const MARKED = "my own is [CARD], thanks";

const startMs = Math.floor((Date.now() - 3 * HOUR_MS) / WINDOW_MS) * WINDOW_MS;
const redactor = redactorOf({ redaction: { entities: ENTITIES, mask: "type", where: "both" } });

/** A card number and a threat of each user, twice within one cool-down. */
const messages = [0, 60_000].flatMap((laterMs) =>
  Array.from({ length: USERS }, (_, user): ChatMessage => {
    const timestampMs = startMs + laterMs + user;
    return {
      userId: `user-${user}`,
      content: `my card is 4111 1111 1111 1111, order ${user}, and I know where you live`,
      messageId: `m-${user}-${laterMs}`,
      timestampMs,
      arrivalMs: timestampMs,
      position: { shardId: "s", sequenceNumber: "0", subSequenceNumber: 0 },
    };
  }),
);
const RAISED = raisedBy(messages.map((message) => redactor.message(message)));
const OWN_KEYS = new Set(RAISED.map(({ sessionKeyHash }) => sessionKeyHash));

describe("alerts and redaction on Flink", function () {
  this.timeout(300_000 + 2 * AWAY_MS);
  let services: TestServices;
  let bedrock: RecordingProxy;
  let folder: TemporaryFolder;
  let webhook: LocalReceiver;
  let bus: LocalReceiver;
  let job: RunningJob | undefined;

  before(async () => {
    [services, folder] = await Promise.all([startServices(), temporaryFolder("alerts-on-flink")]);
    const key = randomBytes(32).toString("base64");
    writeFileSync(file("webhook.key"), key);
    const { publicKey } = generateKeyPairSync("x25519");
    writeFileSync(file("public.pem"), publicKey.export({ type: "spki", format: "pem" }));
    bedrock = await startRecordingProxy(services.bedrock.url);
    webhook = await startLocalReceiver(0, Buffer.from(key), {
      faults: { throttleFraction: 0.02, refuseFraction: 0.1 },
    });
    bus = await startLocalReceiver(0, Buffer.from(key), { faults: { throttleFraction: 0.2, seed: 2 } });
    await services.kinesis.createStream(STREAM, 2);
  });
  after(async () => {
    job?.signal("SIGKILL");
    await job?.ended;
    await Promise.all([services?.stop(), bedrock?.close(), webhook?.close(), bus?.close()]);
    await folder?.remove();
  });

  const file = (name: string): string => path.join(folder.path, name);
  const targets = () => ({ ...services.targets(STREAM), bedrock: bedrock.url });
  const put = (texts: readonly string[], partitionKey: (index: number) => string) =>
    putRaw(
      services.kinesis.client,
      STREAM,
      texts.map((text, index) => ({ partitionKey: partitionKey(index), data: Buffer.from(text) })),
    );

  const isOwn = ({ data, type }: AlertEvent, lane = "message"): boolean =>
    OWN_KEYS.has(data.sessionKeyHash) && type === `chat.${lane}.sensitive.v1`;
  const told = (receiver: LocalReceiver, lane = "message"): ReadonlySet<string> =>
    new Set(eventsAt(receiver).flatMap((event) => (isOwn(event, lane) ? [event.id] : [])));

  /** Waits while the job runs; fails if it ends by itself. */
  async function whileRunning(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    await until(
      what,
      async () => {
        if (job?.process.exitCode !== null) throw new Error(`the job ended: ${JSON.stringify(await job?.ended)}`);
        return holds();
      },
      WAIT_MS,
    );
  }

  it("lose nothing while workers die and receivers throttle, refuse and are away, and leave no canary anywhere", async () => {
    const flags = [
      ...["--alert-webhook", webhook.url, "--alert-webhook-key", file("webhook.key")],
      ...["--alert-bus", "default", "--eventbridge-endpoint", bus.url, "--log-level", "debug"],
      ...["--redact", "all", "--letter-key", file("public.pem"), "--max-message-bytes", "4KiB", "--max-age", "30d"],
      ...["--role-field", "role", "--attributes", "channel=meta.channel", "--alert-attributes", "channel"],
      ...["--allowed-disorder", "10s", "--idle-timeout", "1h"],
    ];
    const texts = messages.map(({ userId, content, messageId, timestampMs }) =>
      JSON.stringify({ userId, content, messageId, timestamp: timestampMs }),
    );
    const metricsPort = await freePort();
    const onFlink = [
      ...["--runner", "flink", "--max-bundle-time", "50ms", "--checkpoint-interval", "1s"],
      ...["--data-dir", file("data"), "--savepoint-dir", file("savepoints"), "--start-position", "TRIM_HORIZON"],
      ...["--metrics-port", `${metricsPort}`],
    ];
    bus.setFaults({ down: "503" });
    job = startJob(targets(), [...flags, ...onFlink]);
    const pid = job.process.pid!;
    await put(texts, (index) => `user-${index % USERS}`);
    await whileRunning("the webhook is told of a part", () => told(webhook).size > USERS / 2);

    const awayUntilMs = Date.now() + AWAY_MS;
    for (let kill = 0; kill < KILLS; kill++) {
      if (kill > 0) await sleep(AWAY_MS / KILLS);
      await whileRunning("workers live", () => workersBelow(pid).length > 0);
      for (const worker of workersBelow(pid)) process.kill(worker, "SIGKILL");
    }
    await sleep(Math.max(0, awayUntilMs - Date.now()));
    assert.equal(told(bus).size, 0);
    bus.setFaults({ down: false });
    const all = async (): Promise<boolean> => {
      const letters = await letterIds(targets(), "webhook");
      return (
        untold(RAISED, told(bus)).length === 0 && untold(RAISED, new Set([...told(webhook), ...letters])).length === 0
      );
    };
    await whileRunning("each alert is told, or a letter", all);
    // No session has ended so far: its first alerts came while the user was still there.
    assert.deepEqual([told(webhook, "session").size, told(bus, "session").size], [0, 0]);

    await put(canaryRecords(Date.now() - HOUR_MS), String);
    const own = keyHash("u1");
    const kindsOfCanaries = (): ReadonlySet<string> =>
      new Set(eventsAt(bus).flatMap(({ data }) => (data.sessionKeyHash === own ? data.kinds : [])));
    await whileRunning("alerts of sessions follow", () => told(bus, "session").size === USERS);
    await whileRunning("canaries raise alerts", () => kindsOfCanaries().size === 4);
    const inData = (): boolean => filesBelow(file("data")).some(({ bytes }) => bytes.includes(MARKED));
    await whileRunning("a checkpoint has the open session", inData);
    const found = [...(await canariesServed(metricsPort)), ...canariesBelow(file("data"))];
    assert.deepEqual(found, []);

    job.signal("SIGINT");
    const end = await job.ended;
    const { savepoint } = STOPPED.parse(resultOf(end));
    const kept = filesBelow(savepoint.replace(/^file:/, ""));
    assert.ok(
      kept.some(({ bytes }) => bytes.includes(MARKED)),
      "the savepoint has the open session in bytes that can be read",
    );
    const letters = [...(await letterIds(targets(), "webhook"))];
    const ofMessages = letters.filter((id) => RAISED.some((alert) => alert.id === id));
    assert.ok(ofMessages.length > 0, "the webhook refused alerts");
    assertTold(RAISED, new Set([...told(webhook), ...ofMessages]), "webhook");
    assertTold(RAISED, told(bus), "bus");
    assert.deepEqual([...(await letterIds(targets(), "eventbridge"))], []);

    assert.deepEqual([...canariesBelow(folder.path), ...(await canariesOutside(end))], []);

    // A replay repeats ids: receivers that compare them see nothing new.
    const before = { message: told(bus), session: told(bus, "session") };
    webhook.setFaults({ throttleFraction: 0, refuseFraction: 0 });
    const account = await runJob(targets(), ["--once", ...flags]);
    assert.equal(account["alertsUndelivered"], undefined);
    assert.ok((account["alertsSuppressed"] as number) >= 2 * USERS);
    assertTold(RAISED, told(webhook), "webhook after a replay");
    assert.deepEqual(told(bus, "session"), before.session);
    assertTold(RAISED, told(bus), "bus after a replay");
    assert.deepEqual(
      [...told(bus)].filter((id) => !before.message.has(id)),
      [],
    );
  });

  /** Canaries in what the job serves. */
  async function canariesServed(metricsPort: number): Promise<readonly string[]> {
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    assert.match(metrics, /chat_sessions_alerts_raised_total [1-9]/);
    return canariesIn("a metric", metrics);
  }

  /** Canaries in files: checkpoints, savepoints and logs of Flink and of its workers. */
  function canariesBelow(where: string): readonly string[] {
    return filesBelow(where).flatMap(({ path: name, bytes }) => canariesIn(name, bytes));
  }

  async function canariesOutside({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) {
    return [
      ...canariesIn("the index", await indexed(targets())),
      ...canariesIn("a model's request", bedrock.bodies.join("\n")),
      ...canariesIn("standard output", stdout),
      ...canariesIn("a log", stderr),
      ...[webhook, bus].flatMap((receiver) => canariesIn("an alert", JSON.stringify(receiver.received()))),
    ];
  }
});
