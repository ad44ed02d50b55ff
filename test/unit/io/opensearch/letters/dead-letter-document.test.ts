import assert from "node:assert/strict";
import {
  chunkIds,
  type DeadLetterDocument,
  deadLetterOperations,
  letterOf,
  PAYLOAD_CHUNK_BYTES,
} from "../../../../../src/io/opensearch/letters/dead-letter-document";
import type { DeadLetter } from "../../../../../src/chat/model";
import { deadLetterId } from "../../../../../src/chat/steps/documents/document";

function letter(payload: Uint8Array): DeadLetter {
  return {
    code: "UNREADABLE",
    stage: "parse",
    reason: "The record is not JSON.",
    kind: "record",
    payload,
    messageCount: 1,
    position: { shardId: "s", sequenceNumber: "1", subSequenceNumber: 2 },
    timestampMs: 1_000,
  };
}

const sources = (of: DeadLetter): { payload: string }[] =>
  deadLetterOperations(of, 2_000).map(
    ({ lines }) => JSON.parse(lines.toString().split("\n")[1]!) as { payload: string },
  );

describe("a dead letter as documents", () => {
  it("is one document, also when it holds nothing", () => {
    for (const payload of [Buffer.alloc(0), Buffer.from([0, 255, 10])]) {
      const [source] = sources(letter(payload)) as DeadLetterDocument[];
      assert.deepEqual(letterOf(source!, [source!.payload]), letter(payload));
      assert.deepEqual(chunkIds(source!), [deadLetterId(letter(payload))]);
    }
  });

  it("tells whether the payload is whole", () => {
    const truncated = { ...letter(Buffer.from("{")), isTruncated: true };
    const [source] = sources(truncated) as DeadLetterDocument[];
    assert.equal(source!.truncated, true);
    assert.deepEqual(letterOf(source!, [source!.payload]), truncated);
  });

  it("reads a payload that is a view of a larger buffer", () => {
    const inner = Buffer.from("before payload after").subarray(7, 14);
    assert.equal(Buffer.from(sources(letter(inner))[0]!.payload, "base64").toString(), "payload");
  });

  it("goes on in further documents when it is larger than a chunk, itself last", () => {
    const payload = Buffer.alloc(PAYLOAD_CHUNK_BYTES + 1, 7);
    const all = sources(letter(payload));
    assert.equal(all.length, 2);
    const [further, own] = all as [{ payload: string }, DeadLetterDocument];
    assert.deepEqual([own.chunkCount, own.payloadBytes], [2, payload.length]);
    assert.ok(Buffer.from(letterOf(own, [own.payload, further.payload]).payload).equals(payload));
  });
});
