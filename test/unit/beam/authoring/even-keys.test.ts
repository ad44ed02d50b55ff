import assert from "node:assert/strict";
import fc from "fast-check";
import { Writer } from "protobufjs";
import { compactCoder } from "../../../../src/beam/authoring";
import { evenSalt, KEY_GROUPS, keyGroup } from "../../../../src/beam/authoring/even-keys";
import { CoderContext } from "../../../../src/beam/sdk";

/** Results of KeyGroupRangeAssignment.assignToKeyGroup(ByteBuffer.wrap(bytes), 128) in Flink 1.19. */
const OF_FLINK = [
  ["", 86],
  ["99170fbb183477", 31],
  ["5a94c9bf390b770209d32a595d4a", 40],
  ["41f4b3e592471abe05194bb55dcab3910016175aa1", 81],
  ["e98ee81edf7fae40bfe793d9fced52b202e34d15e5c4caaf166fc2ed", 36],
  ["cea4fb1b65e240a4e944b31d0705e6c8b71cf8bdfc97c696693058b22edd1479f19532", 75],
  ["e1c82141a6a46d99364cf461b317c99fee614cc5a74b029f8f814e38d93995b694aa2150847891d75da8", 39],
  ["c46434afeb50781ae04364f9b3a3f3707eab79470ba3c885b66c499800da641a22a420ee9989ec985901e416c9c38fbf7a", 73],
] as const;

interface Item {
  readonly name: string;
  readonly salt: number;
}

const itemCoder = compactCoder<Item>("test:coder:item_with_salt", 1, {
  write: ({ name, salt }, writer) => writer.string(name).uint32(salt),
  read: (reader) => ({ name: reader.string(), salt: reader.uint32() }),
});

describe("Even keys", () => {
  it("fall into the key groups that Flink puts them into", () => {
    for (const [hex, group] of OF_FLINK) assert.equal(keyGroup(Buffer.from(hex, "hex")), group, hex);
  });

  it("give each of any number of tasks as many elements as any other, give or take one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 64 }),
        fc.string(),
        (count, tasks, name) => {
          const perTask = new Array<number>(tasks).fill(0);
          for (let index = 0; index < count; index++) {
            const itemOf = (salt: number): Item => ({ name: `${name}${index}`, salt });
            const bytes = Buffer.from(bytesOf(itemOf(evenSalt(index, count, itemCoder, itemOf))));
            // The formula of KeyGroupRangeAssignment.computeOperatorIndexForKeyGroup.
            const task = Math.floor((keyGroup(bytes) * tasks) / KEY_GROUPS);
            perTask[task]!++;
          }
          // Tasks have unequal numbers of key groups themselves.
          const groupsOfTask = (KEY_GROUPS / tasks + 1) / (KEY_GROUPS / tasks);
          assert.ok(Math.max(...perTask) <= Math.ceil((count / tasks) * groupsOfTask) + 1, perTask.join(" "));
          assert.ok(Math.min(...perTask) >= Math.floor((count / tasks) * (2 - groupsOfTask)) - 1, perTask.join(" "));
        },
      ),
      { seed: 11, numRuns: 40 },
    );
  });
});

/** The key's bytes as Beam's Java runners hold it. */
function bytesOf(item: Item): Uint8Array {
  const writer = new Writer();
  itemCoder.encode(item, writer, CoderContext.needsDelimiters);
  return new Writer().bytes(writer.finish()).finish();
}
