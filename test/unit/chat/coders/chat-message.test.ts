import assert from "node:assert/strict";
import { Reader, Writer } from "protobufjs";
import type { Coder } from "../../../../src/beam";
import { CoderContext } from "../../../../src/beam/sdk";
import { chatMessageCoder } from "../../../../src/chat/coders/chat-message";
import { sessionCoder } from "../../../../src/chat/coders/session";
import type { ChatMessage } from "../../../../src/chat/model";

const PLAIN: ChatMessage = {
  userId: "u",
  content: "hello",
  messageId: "m",
  timestampMs: 1_700_000_000_000,
  arrivalMs: 1_700_000_000_250,
  position: { shardId: "s", sequenceNumber: "7", subSequenceNumber: 3 },
};
const EDIT: ChatMessage = { ...PLAIN, hasUnusableId: true, isEdit: true, replaces: { keys: ["k"], writtenMs: 5 } };

function hexOf<T>(coder: Coder<T>, value: T): string {
  const writer = new Writer();
  coder.encode(value, writer, CoderContext.needsDelimiters);
  return Buffer.from(writer.finish()).toString("hex");
}

function read<T>(coder: Coder<T>, hex: string): T {
  return coder.decode(Reader.create(Buffer.from(hex, "hex")), CoderContext.needsDelimiters);
}

describe("The coder of messages", () => {
  const plain = "0201750568656c6c6f01016d80a0abfef962f4a3abfef9620173013703";
  const edit = "0201750568656c6c6f0f016d80a0abfef962f4a3abfef962017301370301016b0a";

  it("reads what version 2 wrote, and writes the same of a message that has nothing newer", () => {
    assert.deepEqual(read(chatMessageCoder, plain), PLAIN);
    assert.deepEqual(read(chatMessageCoder, edit), EDIT);
    assert.equal(hexOf(chatMessageCoder, PLAIN), `04${plain.slice(2)}`);
    assert.equal(hexOf(chatMessageCoder, EDIT), `04${edit.slice(2)}`);
  });

  it("gives back session keys, roles, attributes and originals, each alone and together", () => {
    const parts: readonly Partial<ChatMessage>[] = [
      { sessionKey: "" },
      { role: "agent" },
      { attributes: { channel: "web", tenant: "" } },
      { modelContent: "original" },
      { redacted: ["card", "email"] },
    ];
    for (const own of [...parts, Object.assign({}, ...parts) as Partial<ChatMessage>]) {
      for (const base of [PLAIN, EDIT]) {
        const message = { ...base, ...own };
        assert.deepEqual(read(chatMessageCoder, hexOf(chatMessageCoder, message)), message);
      }
    }
  });

  it("is that of sessions too, whose version 1 had the user as session key", () => {
    const version1 = "01017502010101750568656c6c6f01016d80a0abfef962f4a3abfef9620173013703";
    const session = { sessionKey: "u", pane: 2, early: true, messages: [PLAIN] };
    assert.deepEqual(read(sessionCoder, version1), session);
    assert.deepEqual(read(sessionCoder, `02${version1.slice(2)}`), session);
    assert.deepEqual(read(sessionCoder, `03${version1.slice(2)}00`), session);
    assert.equal(hexOf(sessionCoder, session), `04${version1.slice(2)}00`);
    const keyed = { ...session, messages: [{ ...EDIT, sessionKey: "u", role: "bot" }] };
    assert.deepEqual(read(sessionCoder, hexOf(sessionCoder, keyed)), keyed);
  });

  it("refuses a newer version by name", () => {
    assert.throws(() => read(chatMessageCoder, "05"), /chat_message/);
    assert.throws(() => read(sessionCoder, "05"), /session/);
  });
});
