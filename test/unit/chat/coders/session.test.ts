import assert from "node:assert/strict";
import { Reader, Writer } from "protobufjs";
import { CoderContext } from "../../../../src/beam/sdk";
import { sessionCoder } from "../../../../src/chat/coders/session";
import type { ChatMessage, Session } from "../../../../src/chat/model";
import { chatMessage } from "../../../support/opensearch/embedded-parts";

describe("The coder of sessions", () => {
  it("gives back edits, the texts that they replaced, and unusable ids", () => {
    const replaces = { keys: ["RER3mrxtHXlCWEQQbo5KpA", "another"], writtenMs: 12 };
    const messages: readonly ChatMessage[] = [
      chatMessage(1),
      chatMessage(2, { isEdit: true }),
      chatMessage(3, { isEdit: true, replaces }),
      { ...chatMessage(4), hasUnusableId: true },
    ];
    const session: Session = { sessionKey: "alice", messages, pane: 3, early: true };
    const writer = new Writer();
    sessionCoder.encode(session, writer, CoderContext.needsDelimiters);
    assert.deepEqual(sessionCoder.decode(Reader.create(writer.finish()), CoderContext.needsDelimiters), session);
  });
});
