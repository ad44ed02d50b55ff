import assert from "node:assert/strict";
import { Reader, Writer } from "protobufjs";
import { jsonCoder } from "../../../../src/beam/authoring";
import { UsageError } from "../../../../src/beam/error";
import { CoderContext } from "../../../../src/beam/sdk";

const coder = jsonCoder<unknown>("test:coder:any_json", 1);

function through(value: unknown): unknown {
  const writer = new Writer();
  coder.encode(value, writer, CoderContext.needsDelimiters);
  return coder.decode(Reader.create(writer.finish()), CoderContext.needsDelimiters);
}

class Point {
  readonly x = 1;
}

describe("a coder of JSON", () => {
  const itself: unknown[] = [];
  itself.push(itself);
  const refused: readonly (readonly [value: unknown, is: string, place: string])[] = [
    [undefined, "undefined", "the element"],
    [NaN, "NaN", "the element"],
    [{ byName: new Map([["a", 1]]) }, "an instance of Map", "at element.byName"],
    [{ tags: [[new Set([1])]] }, "an instance of Set", "at element.tags[0][0]"],
    [[1, new Date(0)], "an instance of Date", "at element[1]"],
    [{ a: { b: -Infinity } }, "-Infinity", "at element.a.b"],
    [[1, undefined], "undefined", "at element[1]"],
    // eslint-disable-next-line no-sparse-arrays -- a hole is refused too
    [[1, , 2], "undefined", "at element[1]"],
    [{ bytes: new Uint8Array(1) }, "an instance of Uint8Array", "at element.bytes"],
    [{ point: new Point() }, "an instance of Point", "at element.point"],
    [{ count: 1n }, "a bigint", "at element.count"],
    [{ keyOf: () => 1 }, "a function", "at element.keyOf"],
    [{ toJSON: () => 1 }, "an object with a toJSON of its own", "the element"],
    [itself, "an object that contains itself", "at element[0]"],
  ];
  for (const [value, is, where] of refused) {
    it(`refuses ${is}, ${where}`, () => {
      assert.throws(
        () => through(value),
        (error) => {
          assert(error instanceof UsageError);
          assert.equal(error.place, where);
          assert(
            error.message.startsWith(
              `The coder "test:coder:any_json" writes JSON, which does not give back ${is}: emit plain data (`,
            ),
            error.message,
          );
          assert(error.message.endsWith("or use compactCoder."), error.message);
          return true;
        },
      );
    });
  }

  it("gives back all else as it was, a property that is undefined as none", () => {
    let deep: unknown = "end";
    for (let depth = 0; depth < 1_000; depth++) deep = [deep];
    const shared = { a: 1 };
    const bare: unknown = Object.assign(Object.create(null), { a: 1 });
    for (const value of [null, "", "\ud800", 0, -1.5, 1e300, false, [], {}, [[null]], { a: { b: ["c"] } }, deep])
      assert.deepEqual(through(value), value);
    assert.deepEqual(through([shared, shared, bare]), [shared, shared, shared]);
    assert.deepEqual(through({ a: 1, b: undefined }), { a: 1 });
  });
});
