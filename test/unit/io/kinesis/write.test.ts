import assert from "node:assert/strict";
import type { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { batches, putMessages } from "../../../../src/io/kinesis/write";

const entry = (text: string) => ({ partitionKey: text, data: Buffer.from(text) });

describe("putting messages", () => {
  it("keeps to 500 records and 5 MB a call", () => {
    const many = Array.from({ length: 1_001 }, (_, index) => entry(String(index)));
    assert.deepEqual(
      [...batches(many)].map((batch) => batch.length),
      [500, 500, 1],
    );
    const large = [2_000_000, 2_000_000, 2_000_000, 9_000_000, 1].map((size) => ({
      partitionKey: "k",
      data: Buffer.alloc(size),
    }));
    assert.deepEqual([...batches(large)], [[0, 1], [2], [3], [4]]);
    assert.deepEqual([...batches([])], []);
  });

  it("puts refused records again, and says where each one went", async () => {
    const asked: string[][] = [];
    const client = {
      send: async ({ input }: PutRecordsCommand) => {
        const keys = input.Records!.map(({ PartitionKey }) => PartitionKey!);
        asked.push(keys);
        return {
          Records: keys.map((key) =>
            key === "b" && asked.length === 1
              ? { ErrorCode: "ProvisionedThroughputExceededException" }
              : { ShardId: "s", SequenceNumber: key },
          ),
        };
      },
    } as unknown as KinesisClient;
    const places = await putMessages(client, "chat", ["a", "b", "c"].map(entry));
    assert.deepEqual(asked, [["a", "b", "c"], ["b"]]);
    assert.deepEqual(
      places.map(({ sequenceNumber }) => sequenceNumber),
      ["a", "b", "c"],
    );
  });
});
