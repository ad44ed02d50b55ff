import assert from "node:assert/strict";
import { GLOBAL_WINDOW } from "../../../src/beam/authoring";
import type { SourceRecord } from "../../../src/chat/model";
import { RecordParser } from "../../../src/io/parser";
import type { RecordsOnly } from "../../support/kinesis/lineage-driver";

const record = (text: string): SourceRecord => ({
  position: { shardId: "shardId-0", sequenceNumber: "1", subSequenceNumber: 0 },
  arrivalMs: 70,
  data: Buffer.from(text),
});

/** Emits once for each character: a timed message for `m`, one without a time for `t`, a dead letter for `d`. */
const parser: RecordsOnly = {
  process({ data }, emit, { timestampMs, window }) {
    assert.deepEqual([timestampMs, window], [70, GLOBAL_WINDOW]);
    for (const [place, kind] of [...Buffer.from(data).toString()].entries()) {
      if (kind === "d") void emit("deadLetters", { reason: "bad" } as never, 5);
      else void emit("main", `${kind} at ${place}`, kind === "m" ? place : undefined);
    }
  },
};

describe("the parser within the source", () => {
  it("tells what became of the record: a message, with or without an event time, or a dead letter", () => {
    const own = new RecordParser(parser);
    const outcome = (text: string): unknown[] =>
      own.parse(record(text)).flatMap((each) => [each.tag, each.value, each.eventMs]);
    assert.deepEqual(outcome("m"), ["main", "m at 0", 0]);
    assert.deepEqual(outcome("t"), ["main", "t at 0", undefined]);
    assert.deepEqual(outcome("d"), ["deadLetters", { reason: "bad" }, undefined]);
  });

  it("takes a record apart as the settings say, and tells of each message", () => {
    const own = new RecordParser(parser, { recordValues: "many", timestampField: "timestamp" });
    const outcomes = own
      .parse(record("m t\nd"))
      .map(({ tag, record: { position } }) => [tag, position.subSequenceNumber]);
    assert.deepEqual(outcomes, [
      ["main", 0],
      ["main", 131_072],
      ["deadLetters", 262_144],
    ]);
    assert.deepEqual(own.parse(record(" ")), []);
  });

  it("must emit once: a record is in one place in the end", () => {
    for (const text of ["", "mm", "md"]) {
      assert.throws(() => new RecordParser(parser).parse(record(text)), /The parser emitted [02] times for a record/);
    }
  });
});
