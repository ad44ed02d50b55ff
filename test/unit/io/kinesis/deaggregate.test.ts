import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as agg from "aws-kinesis-agg";
import fc from "fast-check";
import { UserRecords } from "../../../../src/io/kinesis/deaggregate";
import { collectGarbage } from "../../../support/processes/garbage";
import { aggregate, emptyUserRecords } from "../../../support/kinesis/kpl";

const SEED = 20_266;
/** Missing in the package's own types. */
const { RecordAggregator } = agg as unknown as {
  readonly RecordAggregator: new () => {
    addUserRecord(record: { readonly partitionKey: string; readonly data: Buffer }): void;
    build(): { readonly data: Buffer };
  };
};
const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
const MIB = 1_048_576;
const recordOf = (data: Uint8Array): UserRecords =>
  new UserRecords({ sequenceNumber: "1", arrivalMs: 0, partitionKey: "key", data });
/** The user records of an aggregate; undefined for any other record, and for a refused aggregate. */
function usersOf(data: Uint8Array): readonly Buffer[] | undefined {
  const users = recordOf(data);
  if (users.isAggregate && !users.isOverfull) {
    return Array.from({ length: users.count }, (_, index) => Buffer.from(users.at(index)));
  }
  assert.equal(users.count, 1);
  assert.equal(users.at(0), data);
  return undefined;
}
const withChecksum = (message: Uint8Array): Buffer =>
  Buffer.concat([MAGIC, message, createHash("md5").update(message).digest()]);

describe("de-aggregation", () => {
  it(`gives back the user records in order (seed ${SEED})`, () => {
    const users = fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.uint8Array()), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(users, (records) => {
        const data = aggregate(records.map(([partitionKey, bytes]) => ({ partitionKey, data: bytes })));
        assert.deepEqual(
          usersOf(data),
          records.map(([, bytes]) => Buffer.from(bytes)),
        );
      }),
      { seed: SEED },
    );
  });

  it("reads what another producer's library wrote", () => {
    const aggregator = new RecordAggregator();
    for (const text of ["one", "zwei", "三"]) aggregator.addUserRecord({ partitionKey: "k", data: Buffer.from(text) });
    assert.deepEqual(usersOf(aggregator.build().data)?.map(String), ["one", "zwei", "三"]);
  });

  it("leaves every other record as it is", () => {
    for (const data of [Buffer.from("{}"), Buffer.alloc(0), MAGIC, Buffer.from('{"userId":"a","content":"b"}')]) {
      assert.equal(usersOf(data), undefined);
    }
  });

  it("passes on as it is what only begins like an aggregate", () => {
    const good = aggregate([{ partitionKey: "k", data: Buffer.from("hello") }]);
    const wrongChecksum = Buffer.from(good);
    wrongChecksum[wrongChecksum.length - 1]! ^= 1;
    assert.equal(usersOf(wrongChecksum), undefined);
    assert.equal(usersOf(withChecksum(Buffer.from([0xff, 0xff, 0xff]))), undefined, "no protobuf");
    assert.equal(usersOf(withChecksum(Buffer.alloc(0))), undefined, "no user records");
  });

  it("gives a user record again, and one before it", () => {
    const texts = ["one", "two", "three"];
    const users = recordOf(aggregate(texts.map((text) => ({ partitionKey: "k", data: Buffer.from(text) }))));
    for (const index of [2, 2, 0, 1, 1, 0]) assert.equal(Buffer.from(users.at(index)).toString(), texts[index]);
  });

  it("refuses to take one by one what holds more user records than messages fit in", () => {
    const overfull = recordOf(emptyUserRecords(166_656));
    assert.deepEqual([overfull.isAggregate, overfull.isOverfull, overfull.count], [true, true, 1]);
    assert.equal(overfull.at(0), overfull.record.data);
    const smallest = Buffer.from('{"userId":"a","content":"b"}');
    const full = recordOf(aggregate(Array.from({ length: 30_000 }, () => ({ partitionKey: "k", data: smallest }))));
    assert.deepEqual([full.isOverfull, full.count], [false, 30_000]);
  });

  it("keeps nothing of a record of 10 MiB but the record, and gives user records that do not keep it", () => {
    const data = Buffer.alloc(100, "x");
    const record = aggregate(Array.from({ length: 95_000 }, () => ({ partitionKey: "k", data })));
    assert.ok(record.length > 9.5 * MIB);
    collectGarbage();
    const before = process.memoryUsage();
    const users = recordOf(record);
    const kept = users.at(90_000);
    collectGarbage();
    const after = process.memoryUsage();
    const grownBytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    assert.ok(grownBytes < MIB / 2, `${grownBytes} bytes more`);
    assert.equal(users.count, 95_000);
    assert.ok(kept.buffer.byteLength < MIB, "a user record keeps all of its aggregate in memory");
  });
});
