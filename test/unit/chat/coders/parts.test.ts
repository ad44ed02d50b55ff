import assert from "node:assert/strict";
import { Reader, Writer } from "protobufjs";
import { type Coder, CoderContext } from "../../../../src/beam/sdk";
import { embeddedPartCoder } from "../../../../src/chat/coders/embedded-part";
import { summarisedPartCoder } from "../../../../src/chat/coders/summarised-part";
import { sessionPartCoder } from "../../../../src/chat/coders/session-part";
import type { ChatMessage, EmbeddedPart, SummarisedPart } from "../../../../src/chat/model";
import { embeddedPart } from "../../../support/embedded-parts";

/** Fields of both coders, as version 1 wrote them. */
const FIELDS_1 =
  "06757365722d3080a8a8949567d0b7a8949567010100000206757365722d30096d657373616765203001036d2d3080a8a8949567e4a8a894" +
  "956714736861726449642d3030303030303030303030300534393030300006757365722d30096d657373616765203101036d2d31d0b7a894" +
  "9567b4b8a894956714736861726449642d303030303030303030303030053439303031001053657373696f6e206e756d626572203002656e" +
  "087175657374696f6e01016101010105656d61696c07612d6d6f64656c";
const VECTOR_1 = "0d616e6f746865722d6d6f64656c020e140c3f9146563f";

const EMBEDDED: EmbeddedPart = embeddedPart(0, 2, { topics: ["a"], sensitive: true, sensitiveKinds: ["email"] });
const { part, summary, summaryModel, unreadCharacters } = EMBEDDED;
const SUMMARISED: SummarisedPart = { part, summary, summaryModel, unreadCharacters };

function decode<T>(coder: Coder<T>, bytes: Uint8Array): T {
  return coder.decode(Reader.create(bytes), CoderContext.needsDelimiters);
}

function again<T>(coder: Coder<T>, value: T): T {
  const writer = new Writer();
  coder.encode(value, writer, CoderContext.needsDelimiters);
  return decode(coder, writer.finish());
}

const FIRST_KEY = "RER3mrxtHXlCWEQQbo5KpA";

describe("The coder of session parts", () => {
  it("reads what version 1 wrote, which knew no edits", () => {
    const version1 = Buffer.from(`01${FIELDS_1.slice(0, FIELDS_1.indexOf("1053657373"))}`, "hex");
    assert.deepEqual(decode(sessionPartCoder, version1), part);
  });

  it("gives back edits, the texts that they replaced, and unusable ids", () => {
    const [one, other] = part.messages as [ChatMessage, ChatMessage];
    const replaces = { keys: [FIRST_KEY, "another"], writtenMs: 12 };
    for (const message of [
      { ...other, isEdit: true as const },
      { ...other, isEdit: true as const, replaces },
      { ...one, hasUnusableId: true as const },
    ]) {
      const edited = { ...part, messages: [one, message] };
      assert.deepEqual(again(sessionPartCoder, edited), edited);
    }
  });
});

describe("The coders of summarised and embedded parts", () => {
  it("read what version 1 wrote, which left nothing unread", () => {
    assert.deepEqual(decode<SummarisedPart>(summarisedPartCoder, Buffer.from(`01${FIELDS_1}`, "hex")), SUMMARISED);
    assert.deepEqual(decode(embeddedPartCoder, Buffer.from(`01${FIELDS_1}${VECTOR_1}`, "hex")), EMBEDDED);
  });

  it("give back what was left unread", () => {
    const partial = { ...EMBEDDED, unreadCharacters: 9_000_000, embeddingTruncated: true };
    assert.deepEqual(again(embeddedPartCoder, partial), partial);
    assert.deepEqual(again<SummarisedPart>(summarisedPartCoder, { ...SUMMARISED, unreadCharacters: 3 }), {
      ...SUMMARISED,
      unreadCharacters: 3,
    });
  });
});
