import assert from "node:assert/strict";
import fc from "fast-check";
import { childCursors, childPosition, childrenOf, rootsOf, type Shard } from "../../../../src/io/kinesis/lineage";

const SEED = 20_262;
const name = (index: number): string => `shardId-${String(index).padStart(12, "0")}`;

interface History {
  readonly shards: readonly Shard[];
  readonly closed: ReadonlySet<string>;
}

/** Splits (one number) and merges (two), applied to the shards that are open at that moment. */
function history(initial: number, changes: readonly (readonly [boolean, number, number])[]): History {
  const shards: Shard[] = Array.from({ length: initial }, (_, index) => ({ shardId: name(index) }));
  const closed = new Set<string>();
  for (const [isSplit, first, second] of changes) {
    const open = shards.filter(({ shardId }) => !closed.has(shardId));
    const parent = open[first % open.length]!.shardId;
    const adjacent = open[second % open.length]!.shardId;
    if (isSplit) {
      closed.add(parent);
      for (let count = 2; count > 0; count--) shards.push({ shardId: name(shards.length), parentShardId: parent });
    } else if (parent !== adjacent) {
      closed.add(parent).add(adjacent);
      shards.push({ shardId: name(shards.length), parentShardId: parent, adjacentParentShardId: adjacent });
    }
  }
  return { shards, closed };
}

const histories = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.array(fc.tuple(fc.boolean(), fc.nat(50), fc.nat(50)), { maxLength: 30 }))
  .map(([initial, changes]) => history(initial, changes));

/** Every shard that is read when all roots of this listing are followed to their ends. */
function readFrom(roots: readonly Shard[], { shards, closed }: History): readonly string[] {
  const read: string[] = [];
  const queue = roots.map(({ shardId }) => shardId);
  for (let shardId = queue.shift(); shardId !== undefined; shardId = queue.shift()) {
    read.push(shardId);
    if (!closed.has(shardId)) continue;
    const children = childrenOf(shardId, shards);
    assert.equal(children.kind, "known");
    if (children.kind === "known") queue.push(...children.own);
  }
  return read.sort();
}

describe("lineages", () => {
  it(`every shard belongs to exactly one (seed ${SEED})`, () => {
    fc.assert(
      fc.property(histories, (past) => {
        assert.deepEqual(readFrom(rootsOf(past.shards), past), past.shards.map(({ shardId }) => shardId).sort());
      }),
      { seed: SEED },
    );
  });

  it(`also when the oldest shards have expired: what is left is read once (seed ${SEED})`, () => {
    fc.assert(
      fc.property(histories, fc.nat(10), (past, expired) => {
        // Closed shards expire from the oldest on.
        const left = past.shards.filter(({ shardId }, index) => index >= expired || !past.closed.has(shardId));
        const read = readFrom(rootsOf(left), { ...past, shards: left });
        assert.deepEqual(read, left.map(({ shardId }) => shardId).sort());
      }),
      { seed: SEED },
    );
  });

  it("a merge's child belongs to its primary parent; the other lineage ends", () => {
    const shards = [{ shardId: "c", parentShardId: "a", adjacentParentShardId: "b" }];
    assert.deepEqual(childrenOf("a", shards), { kind: "known", own: ["c"] });
    assert.deepEqual(childrenOf("b", shards), { kind: "known", own: [] });
  });

  it("a split is known only with both of its children", () => {
    const one = [{ shardId: "b", parentShardId: "a" }];
    assert.deepEqual(childrenOf("a", []), { kind: "unknown" });
    assert.deepEqual(childrenOf("a", one), { kind: "unknown" });
    assert.deepEqual(childrenOf("a", [...one, ...one]), { kind: "unknown" });
    assert.deepEqual(childrenOf("a", [{ shardId: "c", parentShardId: "a" }, ...one]), {
      kind: "known",
      own: ["b", "c"],
    });
  });

  it("children begin at their first record, or at the time at which their silent parent began", () => {
    assert.deepEqual(childPosition({ kind: "horizon" }), { kind: "horizon" });
    assert.deepEqual(childPosition({ kind: "after", sequenceNumber: "7" }), { kind: "horizon" });
    assert.deepEqual(childPosition({ kind: "timestamp", atMs: 5 }), { kind: "timestamp", atMs: 5 });
  });

  it("children inherit their parent's watermark", () => {
    const parent = { shardId: "a", position: { kind: "horizon" }, watermarkMs: 42 } as const;
    assert.deepEqual(childCursors(parent, ["b"]), [{ shardId: "b", position: { kind: "horizon" }, watermarkMs: 42 }]);
  });
});
