import assert from "node:assert/strict";
import { Reader, Writer } from "protobufjs";
import { CoderContext } from "../../../../src/beam/sdk";
import type { Alert } from "../../../../src/chat/alerts/alert";
import { alertEvent } from "../../../../src/chat/alerts/event";
import { latencyMs } from "../../../../src/chat/alerts/latency";
import { alertLetter, undeliveredOf } from "../../../../src/chat/alerts/letters";
import { messageAlerts } from "../../../../src/chat/alerts/raise";
import { alertCoder } from "../../../../src/chat/coders/alert";
import { deadLetterCoder } from "../../../../src/chat/coders/dead-letter";
import type { Finding } from "../../../../src/chat/detectors/detector";
import type { ChatMessage } from "../../../../src/chat/model";
import { deadLetterId } from "../../../../src/chat/steps/documents/document";
import { keyHash } from "../../../../src/chat/steps/ids/key-hash";
import { explorationOf } from "../../../../src/page/client/explore-state";

const CANARY = "C4NARY";
const MESSAGE: ChatMessage = {
  userId: "alice",
  sessionKey: "chat-7",
  content: `${CANARY} 4111 1111 1111 1111`,
  messageId: "m1",
  timestampMs: 1_700_000_000_000,
  arrivalMs: 1_700_000_000_500,
  position: { shardId: "s", sequenceNumber: "1", subSequenceNumber: 0 },
  attributes: { channel: "web", secret: "x" },
};
const finding = (rule: string, start = 0): Finding => ({
  rule,
  kind: "payment",
  severity: "high",
  start,
  end: start + 4,
});

function alertOf(message: ChatMessage = MESSAGE): Alert {
  return messageAlerts(message, [finding("card")], ["channel"])[0]!;
}

describe("alerts of messages", () => {
  it("are one for each rule, under ids that a replay repeats", () => {
    const alerts = messageAlerts(MESSAGE, [finding("card"), finding("iban"), finding("card", 9)], []);
    assert.deepEqual(
      alerts.map(({ rule }) => rule),
      ["card", "iban"],
    );
    const again = { ...MESSAGE, arrivalMs: 1, position: { shardId: "t", sequenceNumber: "9", subSequenceNumber: 1 } };
    assert.equal(alertOf(again).id, alertOf().id);
    for (const change of [{ messageId: "m2" }, { content: "other" }, { sessionKey: "chat-8" }, { userId: "bob" }]) {
      assert.notEqual(alertOf({ ...MESSAGE, ...change }).id, alertOf().id);
    }
  });

  it("are CloudEvents 1.0 without a word of the chat, a name, or an attribute that is not allowed", () => {
    const event = alertEvent(alertOf(), { stream: "my stream", pageUrl: "https://page/" });
    assert.deepEqual(event, {
      specversion: "1.0",
      id: alertOf().id,
      source: "/beam-chat-sessions/my%20stream",
      type: "chat.message.sensitive.v1",
      subject: keyHash("chat-7"),
      time: "2023-11-14T22:13:20.000Z",
      datacontenttype: "application/json",
      data: {
        kinds: ["payment"],
        severity: "high",
        rule: "card",
        lane: "message",
        userHash: keyHash("alice"),
        sessionKeyHash: keyHash("chat-7"),
        start: "2023-11-14T22:13:20.000Z",
        end: "2023-11-14T22:13:20.000Z",
        messageCount: 1,
        attributes: { channel: "web" },
        link: "https://page/?from=2023-11-14T22%3A13%3A20.000Z&to=2023-11-14T22%3A13%3A20.001Z",
      },
    });
    assert.doesNotMatch(JSON.stringify(event), new RegExp(`${CANARY}|4111|alice|chat-7|secret`));
  });

  it("of sessions have the document as their subject, and a link to it", () => {
    const alert: Alert = { ...alertOf(), lane: "session", documentId: "d-1", language: "en", intent: "refund" };
    const event = alertEvent(alert, { stream: "s", pageUrl: "https://page/" });
    assert.equal(event.type, "chat.session.sensitive.v1");
    assert.equal(event.subject, "d-1");
    assert.equal(event.data.link, "https://page/session/d-1");
  });

  it("of messages have a link to the sessions of their time", () => {
    const { link } = alertEvent({ ...alertOf(), startMs: 5, endMs: 5 }, { stream: "s", pageUrl: "https://page" }).data;
    const { from, to } = explorationOf(new URL(link!).search);
    assert.deepEqual([Date.parse(from!), Date.parse(to!)], [5, 6]);
  });

  it("keep all that they are in checkpoints", () => {
    const writer = new Writer();
    alertCoder.encode(alertOf(), writer, CoderContext.needsDelimiters);
    assert.deepEqual(alertCoder.decode(Reader.create(writer.finish()), CoderContext.needsDelimiters), alertOf());
  });
});

describe("the latency of alerts", () => {
  it("counts from the arrival of the message's record, also through a checkpoint and a letter", () => {
    const writer = new Writer();
    alertCoder.encode(alertOf(), writer, CoderContext.needsDelimiters);
    const kept = alertCoder.decode(Reader.create(writer.finish()), CoderContext.needsDelimiters);
    const redriven = undeliveredOf(alertLetter("ALERT_NOT_TAKEN", "r.", { receiver: "webhook", alert: kept })).alert;
    assert.equal(latencyMs(redriven, MESSAGE.arrivalMs + 750), 750);
  });

  it("is not known of an alert that an older version has kept, which is read all the same", () => {
    const text = JSON.stringify({ ...alertOf(), arrivalMs: undefined });
    const writer = new Writer().uint32(1).string(text);
    const read = alertCoder.decode(Reader.create(writer.finish()), CoderContext.needsDelimiters);
    assert.deepEqual(read, JSON.parse(text));
    assert.equal(latencyMs(read, Date.now()), undefined);
  });
});

describe("letters of alerts", () => {
  const letter = alertLetter("ALERT_NOT_TAKEN", "r.", { receiver: "webhook", alert: alertOf() });

  it("stand for no message, so that the account of messages holds", () => assert.equal(letter.messageCount, 0));

  it("give the alert and its receiver back, also through a checkpoint", () => {
    const writer = new Writer();
    deadLetterCoder.encode(letter, writer, CoderContext.needsDelimiters);
    const read = deadLetterCoder.decode(Reader.create(writer.finish()), CoderContext.needsDelimiters);
    assert.equal(read.kind, "alert");
    assert.equal(read.stage, "alert");
    const sentMs = MESSAGE.timestampMs;
    assert.deepEqual(read.subject, { sessionKeyHash: keyHash("chat-7"), userHashes: [keyHash("alice")], sentMs });
    assert.deepEqual(undeliveredOf(read), { receiver: "webhook", alert: alertOf() });
  });

  it("have an id for each receiver and alert, whatever the reason", () => {
    const { alert } = undeliveredOf(letter);
    const id = (code: Parameters<typeof alertLetter>[0], receiver: "webhook" | "eventbridge"): string =>
      deadLetterId(alertLetter(code, code, { receiver, alert }));
    assert.equal(id("ALERT_REFUSED", "webhook"), deadLetterId(letter));
    assert.notEqual(id("ALERT_REFUSED", "eventbridge"), deadLetterId(letter));
  });
});
