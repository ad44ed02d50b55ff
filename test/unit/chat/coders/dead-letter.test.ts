import assert from "node:assert/strict";
import { Reader, Writer } from "protobufjs";
import { CoderContext } from "../../../../src/beam/sdk";
import { deadLetterCoder } from "../../../../src/chat/coders/dead-letter";
import type { DeadLetter } from "../../../../src/chat/model";

const LETTER: DeadLetter = {
  code: "TOO_LARGE",
  stage: "parse",
  reason: "r",
  kind: "record",
  payload: Buffer.from("{}"),
  messageCount: 1,
  position: { shardId: "s", sequenceNumber: "7", subSequenceNumber: 3 },
  timestampMs: 1_700_000_000_000,
};

function hexOf(letter: DeadLetter): string {
  const writer = new Writer();
  deadLetterCoder.encode(letter, writer, CoderContext.needsDelimiters);
  return Buffer.from(writer.finish()).toString("hex");
}

function read(hex: string): DeadLetter {
  const letter = deadLetterCoder.decode(Reader.create(Buffer.from(hex, "hex")), CoderContext.needsDelimiters);
  return { ...letter, payload: Buffer.from(letter.payload) };
}

describe("the coder of dead letters", () => {
  it("reads what version 1 wrote", () => {
    assert.deepEqual(read("0109544f4f5f4c4152474501017200027b7d01017301370380a0abfef962"), LETTER);
  });

  it("keeps whether the payload is whole", () => {
    for (const letter of [LETTER, { ...LETTER, isTruncated: true }]) assert.deepEqual(read(hexOf(letter)), letter);
  });
});
