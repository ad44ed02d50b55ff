import assert from "node:assert/strict";
import fc from "fast-check";
import { Framer, type Piece } from "../../../../src/io/files/framer";
import type { Form } from "../../../../src/io/files/settings";

const SEED = 20_262;
const NO_BOUND = 1_000_000;

/** All records, with the bytes given in chunks that end at these places. */
function split(text: Buffer | string, form: Form, cuts: readonly number[] = [], maxRecordBytes = NO_BOUND): Piece[] {
  const bytes = Buffer.from(text);
  const framer = new Framer(form, 0, 1, maxRecordBytes);
  const pieces: Piece[] = [];
  const take = (): void => {
    for (let piece = framer.next(); piece !== undefined; piece = framer.next()) pieces.push(piece);
  };
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    framer.push(bytes.subarray(from, end));
    take();
    from = end;
  }
  framer.end();
  take();
  assert.equal(framer.offset, bytes.length);
  return pieces;
}

const texts = (pieces: readonly Piece[]): string[] => pieces.map(({ data }) => data.toString().trim());

/** JSON values as people and programs write them. */
const value = fc
  .record({ text: fc.string({ unit: "binary" }), nested: fc.json(), number: fc.double({ noNaN: true }) })
  .chain((object) => fc.constantFrom(JSON.stringify(object), JSON.stringify(object, undefined, 2)));
const between = fc.constantFrom("", "\n", "\r\n", " ", ",", ",\n  ", "\n\n");
const cuts = fc.array(fc.nat(), { maxLength: 8 });

describe("the framer", () => {
  it(`finds the same lines however the bytes come, each at its place (seed ${SEED})`, () => {
    const line = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", ""));
    fc.assert(
      fc.property(fc.array(line), cuts, (lines, at) => {
        const bytes = Buffer.from(lines.join("\n"));
        const pieces = split(bytes, "lines", at);
        const wanted = bytes
          .toString()
          .split("\n")
          .flatMap((text, index) => (/[^\x00- ]/.test(text) ? [{ text, line: index + 1 }] : [])); // eslint-disable-line no-control-regex -- exactly these are blank
        assert.deepEqual(
          pieces.map(({ data, line: number }) => ({ text: data.toString().replace(/\n$/, ""), line: number })),
          wanted,
        );
        for (const { offset, data } of pieces) assert.ok(bytes.subarray(offset).indexOf(data) === 0);
      }),
      { seed: SEED },
    );
  });

  it(`finds the same values however the bytes come, in a list or not (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(value, between)), fc.boolean(), cuts, (parts, isList, at) => {
        const body = parts.flat().join("");
        const bytes = Buffer.from(isList ? `[${body}]` : body);
        const pieces = split(bytes, "values", at);
        assert.deepEqual(
          pieces.map(({ data }) => data.toString()),
          parts.map(([text]) => text),
        );
        for (const { offset, line, data } of pieces) {
          assert.ok(bytes.subarray(offset).indexOf(data) === 0);
          assert.equal(line, bytes.subarray(0, offset).toString("latin1").split("\n").length);
        }
      }),
      { seed: SEED },
    );
  });

  it("lets one broken value spoil no other", () => {
    assert.deepEqual(texts(split('{"a":"never closed\n{"b":1}\n{"c":{"d":2}\n{"e":3}', "values")), [
      '{"a":"never closed',
      '{"b":1}',
      '{"c":{"d":2}',
      '{"e":3}',
    ]);
    assert.deepEqual(texts(split('}garbage{"a":1} 17 "text" nul{"b":2}', "values")), [
      "}garbage",
      '{"a":1}',
      "17",
      '"text"',
      "nul",
      '{"b":2}',
    ]);
  });

  it("ends what is no JSON where an object begins, wherever the chunks end", () => {
    const text = 'nul{"b":1}}x{"c":2}\n7,[8';
    for (let cut = 0; cut <= text.length; cut++) {
      assert.deepEqual(texts(split(text, "values", [cut])), ["nul", '{"b":1}', "}x", '{"c":2}', "7", "8"], `${cut}`);
    }
  });

  for (const form of ["lines", "values"] as const) {
    it(`keeps the beginning alone of a record that is too long, and goes on behind it (${form})`, () => {
      const long = `{"a":"${"x".repeat(50_000)}"}`;
      const text = `{"b":1}\n${long}\n{"c":1}`;
      const chunks = Array.from({ length: 60 }, (_, index) => index * 1_000);
      const pieces = split(text, form, chunks, 20_000);
      const newline = form === "lines" ? 1 : 0;
      assert.deepEqual(
        pieces.map(({ offset, bytes }) => [offset, bytes]),
        [
          [0, 7 + newline],
          [8, long.length + newline],
          [8 + long.length + 1, 7],
        ],
      );
      assert.ok(pieces[1]!.data.equals(Buffer.from(long.slice(0, 4_096))));
    });
  }
});
