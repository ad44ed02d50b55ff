import assert from "node:assert/strict";
import fc from "fast-check";
import { Writer } from "protobufjs";
import { EagerWriter } from "../../../../src/beam/harness/eager-writer";

const SEED = 20240611;

type Step = (writer: Writer) => void;

const steps: fc.Arbitrary<Step[]> = fc.letrec<{ steps: Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie("step"), { maxLength: 12 }),
  step: fc.oneof(
    { depthSize: "small" },
    fc.integer().map(
      (value): Step =>
        (writer) =>
          writer.int32(value),
    ),
    fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(
      (value): Step =>
        (writer) =>
          writer.uint32(value),
    ),
    fc.integer().map(
      (value): Step =>
        (writer) =>
          writer.sint32(value),
    ),
    fc.maxSafeInteger().map(
      (value): Step =>
        (writer) =>
          writer.int64(value),
    ),
    fc.double().map(
      (value): Step =>
        (writer) =>
          writer.double(value),
    ),
    fc.boolean().map(
      (value): Step =>
        (writer) =>
          writer.bool(value),
    ),
    fc.integer().map(
      (value): Step =>
        (writer) =>
          writer.fixed32(value),
    ),
    fc.uint8Array({ maxLength: 300 }).map(
      (value): Step =>
        (writer) =>
          writer.bytes(value),
    ),
    fc.string({ unit: "binary", maxLength: 200 }).map(
      (value): Step =>
        (writer) =>
          writer.string(value),
    ),
    fc.constant<Step>((writer) => writer.string("ü".repeat(9_000))),
    tie("steps").map((inner): Step => (writer) => {
      writer.fork();
      for (const step of inner) step(writer);
      writer.ldelim();
    }),
  ),
})).steps;

describe("the eager writer", () => {
  it(`writes what the stock writer writes, one message after another (seed ${SEED})`, () => {
    const eager = new EagerWriter();
    const messages: { readonly bytes: Uint8Array; readonly copy: Uint8Array }[] = [];
    fc.assert(
      fc.property(steps, (script) => {
        const stock = Writer.create();
        for (const step of script) {
          step(stock);
          step(eager);
          assert.equal(eager.len, stock.len);
        }
        const bytes = eager.finish();
        assert.deepEqual(Buffer.from(bytes), Buffer.from(stock.finish()));
        messages.push({ bytes, copy: Uint8Array.from(bytes) });
      }),
      { seed: SEED, numRuns: 300 },
    );
    for (const { bytes, copy } of messages) assert.deepEqual(Uint8Array.from(bytes), copy);
  });

  it("shows what it wrote, and writes the next message into the same memory", () => {
    const writer = new EagerWriter();
    writer.string("x".repeat(100_000));
    const { heldBytes } = writer;
    assert.deepEqual(Buffer.from(writer.written()), Buffer.from(Writer.create().string("x".repeat(100_000)).finish()));
    writer.clear();
    assert.equal(writer.len, 0);
    writer.string("y".repeat(50_000));
    assert.equal(writer.heldBytes, heldBytes);
    assert.deepEqual(Buffer.from(writer.finish()), Buffer.from(Writer.create().string("y".repeat(50_000)).finish()));
  });

  it("holds little between messages, however large one was", () => {
    const writer = new EagerWriter();
    for (const length of [5_000_000, 10]) {
      assert.equal(writer.string("x".repeat(length)).finish().at(-1), 0x78);
      assert(writer.heldBytes < 1_000_000, `${writer.heldBytes} bytes are held`);
    }
  });

  it("throws a fork away", () => {
    const writer = new EagerWriter();
    writer.uint32(7).fork().string("gone").reset().uint32(8);
    assert.deepEqual([...writer.finish()], [7, 8]);
  });
});
