import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { JobError } from "../../../src/chat/errors";
import { jointVectorOf, vectorOf } from "../../../src/local/bedrock/vector";
import { settleVectors } from "../../../src/local/vectors";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";

const BOTH = { kind: "words and meanings", isGiven: false } as const;
const WORDS = { kind: "words", isGiven: false } as const;

describe("the vectors of a data folder", () => {
  let folder: TemporaryFolder;

  beforeEach(async () => {
    folder = await temporaryFolder("vectors");
  });
  afterEach(() => folder.remove());

  it("stay of the kind that they began with", async () => {
    assert.equal(await settleVectors(folder.path), "words");
    assert.equal(await settleVectors(folder.path, BOTH), "words and meanings");
    assert.equal(await settleVectors(folder.path, WORDS), "words and meanings");
    assert.equal(await settleVectors(folder.path), "words and meanings");
    assert.deepEqual(JSON.parse(await readFile(path.join(folder.path, "vectors.json"), "utf8")), {
      version: 1,
      kind: "words and meanings",
    });
  });

  it("know words where an index is from before there was an encoder", async () => {
    await mkdir(path.join(folder.path, "opensearch-data"));
    assert.equal(await settleVectors(folder.path, BOTH), "words");
  });

  it("are no others than were asked for, nor those of another program", async () => {
    await settleVectors(folder.path, WORDS);
    const refused = (sentence: RegExp) => (error: unknown) =>
      error instanceof JobError && error.code === "BAD_OPTION" && sentence.test(error.message);
    await assert.rejects(
      settleVectors(folder.path, { ...BOTH, isGiven: true }),
      refused(/know words: leave --local-enc/),
    );
    await writeFile(path.join(folder.path, "vectors.json"), '{"version":2,"kind":"words"}');
    await assert.rejects(settleVectors(folder.path, BOTH), refused(/another version .* remove the folder/));
  });
});

describe("a vector of words and a meaning", () => {
  const room = { dimensions: 12, meaningDimensions: 4 };
  const cosine = (one: readonly number[], other: readonly number[]): number =>
    one.reduce((sum, component, at) => sum + component * other[at]!, 0) / Math.hypot(...one) / Math.hypot(...other);

  it("has the nearness of both, in fixed shares", () => {
    const [one, other] = [
      [1, 0, 0, 0],
      [0.6, 0.8, 0, 0],
    ] as const;
    const near = cosine(vectorOf("lost parcel", 8, true), vectorOf("lost key", 8, true));
    const joint = cosine(jointVectorOf("lost parcel", one, room, true), jointVectorOf("lost key", other, room, true));
    assert.ok(Math.abs(joint - (near + 0.6) / 2) < 1e-6, `${joint} of ${near} and 0.6`);
    assert.ok(Math.abs(Math.hypot(...jointVectorOf("lost parcel", one, room, true)) - 1) < 1e-6);
  });

  it("has words alone without a meaning, in the same places", () => {
    const words = jointVectorOf("荷物", undefined, room, true);
    assert.deepEqual(words, [...vectorOf("荷物", 8, true), 0, 0, 0, 0]);
  });
});
