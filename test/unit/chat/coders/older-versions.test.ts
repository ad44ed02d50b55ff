/** Values in checkpoints are read in all versions that may still be there. */
import assert from "node:assert/strict";
import { Reader, Writer } from "protobufjs";
import { type Coder, CoderContext } from "../../../../src/beam/sdk";
import { deadLetterCoder } from "../../../../src/chat/coders/dead-letter";
import { writeMs, writePosition } from "../../../../src/chat/coders/fields";
import { writtenCoder } from "../../../../src/chat/coders/written";
import type { DeadLetter } from "../../../../src/chat/model";
import { STAGES } from "../../../../src/chat/stages";

const LETTER: DeadLetter = {
  ...{ code: "TOO_LATE", stage: "source", reason: "late", kind: "record", messageCount: 1, timestampMs: 12 },
  position: { shardId: "shardId-000000000000", sequenceNumber: "49", subSequenceNumber: 0 },
  payload: Buffer.from("{}"),
};

function there<T>(coder: Coder<T>, value: T): T {
  const writer = new Writer();
  coder.encode(value, writer, CoderContext.needsDelimiters);
  return coder.decode(Reader.create(writer.finish()), CoderContext.needsDelimiters);
}

describe("The coder of dead letters", () => {
  it("gives back whose a letter is, as far as that is known", () => {
    const subjects = [{ sessionKeyHash: "k", userHashes: ["u", "v"], sentMs: 7 }, { userHashes: ["u"] }];
    for (const subject of subjects) assert.deepEqual(there(deadLetterCoder, { ...LETTER, subject }).subject, subject);
    assert.equal(there(deadLetterCoder, LETTER).subject, undefined);
  });

  it("reads the first version, which did not know whose a letter is", () => {
    const writer = new Writer()
      .uint32(1)
      .string(LETTER.code)
      .uint32(STAGES.indexOf(LETTER.stage))
      .string(LETTER.reason);
    writer.bool(false).bytes(LETTER.payload).uint32(1);
    writePosition(LETTER.position, writer);
    writeMs(LETTER.timestampMs, writer);
    const read = deadLetterCoder.decode(Reader.create(writer.finish()), CoderContext.needsDelimiters);
    assert.deepEqual({ ...read, payload: Buffer.from(read.payload) }, LETTER);
  });
});

describe("The coder of what was written", () => {
  it("reads the first version, which suppressed nothing", () => {
    const written = { documents: 1, indexed: 2, alreadyIndexed: 3, suppressed: 4 };
    assert.deepEqual(there(writtenCoder, written), written);
    const old = new Writer().uint32(1).uint32(1).uint32(2).uint32(3).finish();
    const read = writtenCoder.decode(Reader.create(old), CoderContext.needsDelimiters);
    assert.deepEqual(read, { ...written, suppressed: 0 });
  });
});
