import assert from "node:assert/strict";
import { Reader, Writer } from "protobufjs";
import type { Coder } from "../../../../src/beam";
import { CoderContext } from "../../../../src/beam/sdk";
import { partitionCoder } from "../../../../src/io/files/list-partitions";
import { partitionRestrictionCoder, START_OF_PARTITION } from "../../../../src/io/files/restriction";

/** As version 1 wrote it. */
function assertCoded<T>(coder: Coder<T>, value: T, hex: string): void {
  const writer = new Writer();
  coder.encode(value, writer, CoderContext.needsDelimiters);
  assert.equal(Buffer.from(writer.finish()).toString("hex"), hex);
  assert.deepEqual(coder.decode(Reader.create(Buffer.from(hex, "hex")), CoderContext.needsDelimiters), value);
}

describe("the restriction of a partition", () => {
  it("is read as version 1 wrote it, also beyond 4 GiB", () => {
    assertCoded(partitionRestrictionCoder, START_OF_PARTITION, "0100010000");
    assertCoded(
      partitionRestrictionCoder,
      { split: 7, offset: 6_000_000_001, line: 12, isGiven: true },
      "010782f085da2c1801",
    );
    assertCoded(partitionCoder, { partition: 3, salt: 900 }, "01038407");
  });
});
