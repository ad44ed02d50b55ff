import assert from "node:assert/strict";
import fc from "fast-check";
import { MIN_TIMESTAMP_MS } from "../../../../src/beam/values";
import { BeamError } from "../../../../src/beam/error";
import { type LineageRestriction, samePosition, startOfLineage } from "../../../../src/io/kinesis/restriction";
import { latest } from "../../../../src/io/kinesis/settings";
import { decodeRestriction, encodeRestriction } from "../../../support/kinesis/lineage-driver";

const SEED = 20_263;
/** Makes plain objects, because decoded ones are not deeply equal to objects without prototype. */
const PLAIN = { noNullPrototype: true } as const;
const sequenceNumber = fc.stringMatching(/^[1-9][0-9]{0,55}$/);
const positions = fc.oneof(
  fc.constant({ kind: "horizon" as const }),
  fc.record({ kind: fc.constant("timestamp" as const), atMs: fc.integer({ min: 0, max: 2 ** 45 }) }, PLAIN),
  fc.record({ kind: fc.constant("after" as const), sequenceNumber }, PLAIN),
  fc.record({ kind: fc.constant("within" as const), sequenceNumber, subSequenceNumber: fc.nat(100_000) }, PLAIN),
);
const restrictions: fc.Arbitrary<LineageRestriction> = fc
  .tuple(
    fc.array(
      fc.record(
        {
          shardId: fc.string(),
          position: positions,
          watermarkMs: fc.oneof(fc.constant(MIN_TIMESTAMP_MS), fc.integer({ min: -(2 ** 45), max: 2 ** 45 })),
        },
        PLAIN,
      ),
    ),
    fc.option(fc.integer({ min: 0, max: 2 ** 45 }), { nil: undefined }),
  )
  .map(([cursors, untilMs]) => ({ cursors, ...(untilMs === undefined ? {} : { untilMs }) }));

/** Bytes of version 1; never to be changed, because checkpoints hold such bytes. */
const VERSION_1_HEX = [
  "0101c0a4e8fef9620414736861726449642d30303030303030303030303000ffffd3aff9dcfc1f",
  "14736861726449642d3030303030303030303030310180a0abfef962ffffd3aff9dcfc1f",
  "14736861726449642d303030303030303030303032023834393539303333383237313439303235363630383535393639323533383336",
  "31353731303935393231353735393839313336353838383938808adcfef962",
  "14736861726449642d303030303030303030303033033834393539303333383237313439303235363630383535393639323533383336",
  "31353731303935393231353735393839313336353838383939ac02828adcfef962",
].join("");
const VERSION_1: LineageRestriction = {
  untilMs: 1_700_000_500_000,
  cursors: [
    { shardId: "shardId-000000000000", position: { kind: "horizon" }, watermarkMs: MIN_TIMESTAMP_MS },
    {
      shardId: "shardId-000000000001",
      position: { kind: "timestamp", atMs: 1_700_000_000_000 },
      watermarkMs: MIN_TIMESTAMP_MS,
    },
    {
      shardId: "shardId-000000000002",
      position: { kind: "after", sequenceNumber: "49590338271490256608559692538361571095921575989136588898" },
      watermarkMs: 1_700_000_400_000,
    },
    {
      shardId: "shardId-000000000003",
      position: {
        kind: "within",
        sequenceNumber: "49590338271490256608559692538361571095921575989136588899",
        subSequenceNumber: 300,
      },
      watermarkMs: 1_700_000_400_001,
    },
  ],
};

describe("restriction of a lineage", () => {
  it(`survives its coder (seed ${SEED})`, () => {
    fc.assert(
      fc.property(restrictions, (restriction) => {
        assert.deepEqual(decodeRestriction(encodeRestriction(restriction)), restriction);
      }),
      { seed: SEED },
    );
  });

  it("of version 1 is read as it was written", () => {
    assert.deepEqual(decodeRestriction(Buffer.from(VERSION_1_HEX, "hex")), VERSION_1);
  });

  it("of a newer version is refused by name", () => {
    const bytes = Buffer.from(VERSION_1_HEX, "hex");
    bytes[0] = 2;
    assert.throws(
      () => decodeRestriction(bytes),
      (error) =>
        error instanceof BeamError && error.code === "NEWER_CHECKPOINT" && /kinesis_lineage/.test(error.message),
    );
  });

  it("begins where the settings say; LATEST is a time by then", () => {
    const begin = (start: Parameters<typeof startOfLineage>[1]["start"]) =>
      startOfLineage("s", { start }).cursors[0]?.position;
    assert.deepEqual(begin({ kind: "trimHorizon" }), { kind: "horizon" });
    assert.deepEqual(begin({ kind: "timestamp", atMs: 5 }), { kind: "timestamp", atMs: 5 });
    assert.deepEqual(begin(latest(7)), { kind: "timestamp", atMs: 7 });
    assert.equal(startOfLineage("s", { start: latest(7), untilMs: 9 }).untilMs, 9);
  });

  it(`positions are the same only when all of them is (seed ${SEED})`, () => {
    fc.assert(
      fc.property(positions, positions, (a, b) => {
        assert.ok(samePosition(a, { ...a }));
        assert.equal(
          samePosition(a, b),
          JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort()),
        );
      }),
      { seed: SEED },
    );
  });
});
