import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as agg from "aws-kinesis-agg";
import fc from "fast-check";
import { deaggregate } from "../../../../src/io/kinesis/deaggregate";
import { aggregate } from "../../../support/kpl";

const SEED = 20_266;
/** Missing in the package's own types. */
const { RecordAggregator } = agg as unknown as {
  readonly RecordAggregator: new () => {
    addUserRecord(record: { readonly partitionKey: string; readonly data: Buffer }): void;
    build(): { readonly data: Buffer };
  };
};
const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
const usersOf = (data: Uint8Array): readonly Buffer[] | undefined =>
  deaggregate({ sequenceNumber: "1", arrivalMs: 0, partitionKey: "key", data })?.map((user) => Buffer.from(user));
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
});
