import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { ChangedFile, type FileStore } from "../../../../src/io/files/api";
import { openContent } from "../../../../src/io/files/content";
import { UNOPENED } from "../../../../src/io/files/restriction";
import { MAX_RECORD_BYTES } from "../../../../src/io/files/settings";
import { SplitReading } from "../../../../src/io/files/split-reading";
import { MAX_TIMESTAMP_MS } from "../../../../src/beam/values";
import { isFatal } from "../../../support/chat/fatal";
import { MemoryStore, MESSAGE_SETTINGS, readPartitionOf } from "../../../support/files/partition-driver";

const SEED = 20_263;
const START_MS = Date.UTC(2026, 10, 1);
const EXPORTS = path.resolve(__dirname, "../../../data/compressed");

/** A line of a user's n-th second. */
function line(second: number, more: object = {}): string {
  return JSON.stringify({ userId: "u", content: `message ${second}`, timestamp: START_MS + second * 1_000, ...more });
}

function lines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => `${line(from + index)}\n`).join("");
}

const contents = (messages: readonly { readonly content: string }[]): string[] =>
  messages.map(({ content }) => content);
const expected = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `message ${from + index}`);

describe("a partition of files", () => {
  const plain = { "1.jsonl": lines(0, 3_000), "2.jsonl": lines(3_000, 3_100), "3.jsonl": lines(3_100, 4_500) };
  const packedFiles = Object.fromEntries(Object.entries(plain).map(([name, text]) => [name, gzipSync(text)]));

  for (const [kind, files] of Object.entries({ plain, gzip: packedFiles })) {
    it(`reads each record once, in order, whatever bundles and processes it takes (${kind})`, async () => {
      const store = new MemoryStore(files);
      for (const run of [{}, { maxOutputs: 700 }, { maxOutputs: 1, newProcessEvery: 2 }]) {
        const { messages, counters, bundles } = await readPartitionOf(store, store.listed(), run);
        assert.deepEqual(contents(messages), expected(0, 4_500));
        assert.equal(counters.get("read"), 4_500);
        assert.ok(bundles > 4 || !("maxOutputs" in run));
      }
    });
  }

  it("fetches a compressed file once, however many bundles it takes", async () => {
    const store = new MemoryStore(packedFiles);
    const { bundles } = await readPartitionOf(store, store.listed(), { maxOutputs: 1 });
    assert.ok(bundles >= 5);
    assert.deepEqual(store.reads.toSorted(), ["1.jsonl 0", "2.jsonl 0", "3.jsonl 0"]);
  });

  it("gives every record the place where it lies", async () => {
    const text = `\ufeff${line(1)}\r\n\n{broken\n${line(2)}`;
    const store = new MemoryStore({ "a.jsonl": text });
    const { messages, deadLetters } = await readPartitionOf(store, store.listed());
    const bytes = Buffer.from(text);
    const at = (part: string): string => String(bytes.indexOf(part));
    assert.deepEqual(
      messages.map(({ position }) => [position.shardId, position.sequenceNumber]),
      [
        ["a.jsonl", at(line(1))],
        ["a.jsonl", at(line(2))],
      ],
    );
    assert.equal(deadLetters[0]!.position.sequenceNumber, at("{broken"));
    assert.equal(deadLetters[0]!.reason, `not UTF-8 JSON (line 3, byte ${at("{broken")} of a.jsonl)`);
  });

  it("moves the watermark with the newest event time through all files, and sends what is behind it the late way", async () => {
    const store = new MemoryStore({ "1": lines(0, 1_000), "2": `${line(600)}\n${line(980)}\n${lines(1_000, 2_000)}` });
    const { messages, late, watermarks } = await readPartitionOf(store, store.listed());
    assert.deepEqual(contents(late), ["message 600"]);
    assert.equal(messages.length, 2_001);
    assert.deepEqual(
      watermarks.toSorted((a, b) => a - b),
      watermarks,
    );
    assert.equal(watermarks.at(-1), START_MS + 1_999_000 - 10_000);
    assert.ok(watermarks.at(-1)! < MAX_TIMESTAMP_MS);
  });

  it("says in the letter of a late record where it lies, and lets go of the file's block", async () => {
    const before = lines(0, 1_000);
    const store = new MemoryStore({ "a.jsonl": `${before}${line(600)}\n${lines(1_000, 2_000)}` });
    const { deadLetters } = await readPartitionOf(store, store.listed(), {
      settings: { late: "letter" },
      // The watermark is reported between claims.
      maxOutputs: 1,
    });
    const [letter] = deadLetters;
    assert.deepEqual(
      deadLetters.map(({ code }) => code),
      ["TOO_LATE"],
    );
    assert.match(letter!.reason, new RegExp(` \\(line 1001, byte ${before.length} of a\\.jsonl\\)$`));
    assert.ok(letter!.payload.buffer.byteLength < before.length);
  });

  it("counts records in which the settings find no message", async () => {
    const lists = [{ list: [JSON.parse(line(0))] }, { list: [] }, { list: [{ other: 1 }] }];
    const store = new MemoryStore({ a: lists.map((each) => JSON.stringify(each)).join("\n") });
    const fields = { userField: "list.userId", contentField: "list.content", timestampField: "list.timestamp" };
    const counted = async (messagesField: string) => {
      const messages = { ...MESSAGE_SETTINGS, ...fields };
      const unpack = { messagesField, timestampField: "list.timestamp" };
      const { counters } = await readPartitionOf(store, store.listed(), { settings: { unpack }, messages });
      return ["read", "withoutMessages", "unreadable"].map((name) => counters.get(name) ?? 0);
    };
    assert.deepEqual(await counted("list"), [2, 1, 1]);
    assert.deepEqual(await counted("list.messages"), [0, 3, 0]);
  });

  it("takes the file's last change as the arrival, which a wrong clock cannot pass", async () => {
    const text = `${line(0, { timestamp: undefined })}\n${line(1, { timestamp: START_MS + 1_800_000 })}\n${line(2)}\n`;
    const store = new MemoryStore({ a: text });
    const { messages, late, watermarks } = await readPartitionOf(
      store,
      store.listed({ modifiedMs: START_MS + 10_000 }),
    );
    assert.deepEqual(
      messages.map(({ timestampMs }) => timestampMs - START_MS),
      [10_000, 1_800_000, 2_000],
    );
    assert.deepEqual(late, []);
    assert.equal(watermarks.at(-1), START_MS);
  });

  it("reads lists and objects over several lines, and values without lines where told so", async () => {
    const pretty = JSON.stringify([JSON.parse(line(0)), JSON.parse(line(1))], undefined, 2);
    const store = new MemoryStore({
      "1": pretty,
      "2": JSON.stringify(JSON.parse(line(2)), undefined, 2),
      "3": `[${line(3)}]`,
    });
    for (const run of [{}, { maxOutputs: 1, newProcessEvery: 1 }]) {
      assert.deepEqual(contents((await readPartitionOf(store, store.listed(), run)).messages), expected(0, 4));
    }
    const joined = new MemoryStore({ "1": line(0) + line(1) + line(2) });
    const { messages } = await readPartitionOf(joined, joined.listed(), { settings: { form: "values" } });
    assert.deepEqual(contents(messages), expected(0, 3));
  });

  it("reads zstd, of several frames, as the tool writes them", async () => {
    const file = readFileSync(path.join(EXPORTS, "two-frames.jsonl.zst"));
    const store = new MemoryStore({ a: file });
    for (const run of [{}, { maxOutputs: 1, newProcessEvery: 1 }]) {
      const { messages } = await readPartitionOf(store, store.listed(), run);
      assert.equal(messages.length, 2_000);
      assert.deepEqual([messages[0]!.content, messages.at(-1)!.content], ["message 0", "message 1999"]);
    }
  });

  it("makes one dead letter of what a damaged file has lost, and of a file of another kind, and goes on", async () => {
    const whole = gzipSync(lines(0, 2_000));
    const store = new MemoryStore({
      "1.gz": whole.subarray(0, whole.length - 2_000),
      "2.zst": readFileSync(path.join(EXPORTS, "two-frames.jsonl.zst")).subarray(0, 3_000),
      "3.parquet": "PAR1\n\n\n",
      "4.gz": Buffer.concat([whole.subarray(0, 2), Buffer.from("nonsense")]),
      "5.jsonl": lines(2_000, 2_001),
    });
    const { messages, late, deadLetters, counters } = await readPartitionOf(store, store.listed());
    assert.ok(messages.length > 1_000);
    assert.equal(messages.at(-1)!.content, "message 2000");
    assert.deepEqual(
      deadLetters.map(({ code, reason }) => [code, reason.replace(/ \(.*/, "")]),
      [
        ["UNREADABLE", "not UTF-8 JSON"],
        ["UNREADABLE", "its gzip data are damaged or cut from here on, so the rest is not read"],
        ["UNREADABLE", "not UTF-8 JSON"],
        ["UNREADABLE", "its zstd data are damaged or cut from here on, so the rest is not read"],
        ["UNREADABLE", "it is a Parquet file, which holds no lines of JSON"],
        ["UNREADABLE", "its gzip data are damaged or cut from here on, so the rest is not read"],
      ],
    );
    assert.equal(counters.get("read"), messages.length + late.length + deadLetters.length);
    for (const run of [{ maxOutputs: 1 }, { maxOutputs: 1, newProcessEvery: 1 }]) {
      const again = await readPartitionOf(store, store.listed(), run);
      assert.deepEqual(again.deadLetters, deadLetters);
      assert.equal(again.counters.get("read"), counters.get("read"));
    }
  });

  it("keeps the beginning of a record that is too long, and says how to read the rest", async () => {
    const many = `${line(0)}${line(1)}${"x".repeat(MAX_RECORD_BYTES)}`;
    const store = new MemoryStore({ "1": `${many}\n${line(2)}\n`, "2": `{"a":"${"x".repeat(MAX_RECORD_BYTES)}"}` });
    const { messages, deadLetters } = await readPartitionOf(store, store.listed());
    assert.deepEqual(contents(messages), ["message 2"]);
    assert.ok(deadLetters.every(({ code, isTruncated }) => code === "TOO_LARGE" && isTruncated === true));
    const [joined, other] = deadLetters.map(({ reason }) => reason);
    assert.match(
      joined!,
      /several JSON values: run the job on the file again with --record-values many \(line 1, byte 0/,
    );
    assert.match(
      other!,
      /^1048\d+ bytes, .*; divide it, then run the job on the file again, or .*many if it is several/,
    );
  });

  it("ends with one sentence when a file changes", async () => {
    const store: FileStore = { read: ({ name }) => Promise.reject(new ChangedFile(name)) };
    const listed = new MemoryStore({ "chat.jsonl": "x" }).listed();
    await assert.rejects(
      readPartitionOf(store, listed),
      isFatal("INPUT_CHANGED", /^chat\.jsonl changed, or was removed, while it was read: start again/),
    );
  });
});

describe("ranges of a file", () => {
  it(`share its lines: each belongs to the range in which it begins (seed ${SEED})`, async () => {
    const text = fc.array(
      fc.string({ unit: "binary", maxLength: 4 }).map((each) => each.replaceAll("\n", "")),
      { minLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(), { maxLength: 5 }), async (parts, cuts) => {
        const bytes = Buffer.from(parts.join("\n"));
        const store = new MemoryStore({ a: bytes });
        const [file] = store.listed({ isSplittable: true });
        const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
        const found: string[] = [];
        let from = 0;
        for (const to of ends) {
          if (to === from) continue;
          const split = { file: file!, from, to };
          const read = (of: typeof split.file, at: number, maxBytes: number): Promise<Buffer> =>
            store.read(of, at, maxBytes);
          const position = { offset: UNOPENED, line: 0 };
          const content = await openContent(split, position, "lines", read, () => read(file!, 0, 1_000));
          const reading = new SplitReading(split, position, content);
          while (await reading.find()) {
            for (const piece of reading.pieces) {
              assert.ok(piece.offset >= from && piece.offset < to);
              found.push(piece.data.toString().replace(/\n$/, ""));
            }
            reading.accept();
          }
          from = to;
        }
        const isThere = (each: string): boolean => [...each].some((character) => character > " ");
        assert.deepEqual(found, bytes.toString().split("\n").filter(isThere));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
