import assert from "node:assert/strict";
import path from "node:path";
import { BeamError } from "../../../src/beam/error";
import { unpacked } from "../../../src/io/files/listing";
import type { ListedFile } from "../../../src/io/files/settings";
import { readOptions } from "../../../src/options";

function read(argv: string, environment: Record<string, string> = {}) {
  return readOptions(argv.split(" "), environment, Date.UTC(2026, 5, 1));
}

function refusal(argv: string): string {
  try {
    read(argv);
  } catch (error) {
    assert.ok(error instanceof BeamError && error.code === "BAD_OPTION", String(error));
    return error.message;
  }
  return assert.fail(`not refused: ${argv}`);
}

const FILE: ListedFile = {
  ...{ at: { kind: "local", path: "/a" }, name: "a", bytes: 1, modifiedMs: 0, version: "1", isSplittable: false },
};

describe("--input", () => {
  it("takes the place of the stream: no Kinesis is embedded, and the job ends", () => {
    const options = read("--input a.jsonl --input s3://chats/2026/11 --input dir/");
    assert.deepEqual(options.embedded, { kinesis: false, bedrock: true, opensearch: true, receiver: true });
    assert.deepEqual([options.once, options.bounded], [true, true]);
    assert.deepEqual(options.input?.addresses, [
      { kind: "local", path: path.resolve("a.jsonl") },
      { kind: "s3", bucket: "chats", prefix: "2026/11" },
      { kind: "local", path: path.resolve("dir") },
    ]);
    const { files, openSearch } = options.pipelineSettings({ opensearch: "http://127.0.0.1" }, 0, [FILE]);
    assert.equal(openSearch.stream, "a.jsonl, s3://chats/2026/11, dir");
    assert.deepEqual(unpacked(files!.files), [FILE]);
    assert.equal(read("--once").pipelineSettings({}, 0).files, undefined);
  });

  it("reads whole files where values follow one another without lines, since a range has no mark to begin at", () => {
    const large = { ...FILE, isSplittable: true };
    const splittable = (argv: string) =>
      unpacked(read(argv).pipelineSettings({}, 0, [large]).files!.files).map(({ isSplittable }) => isSplittable);
    assert.deepEqual(splittable("--input a"), [true]);
    assert.deepEqual(splittable("--input a --record-values many"), [false]);
  });

  it("is one address a line in the variable, and needs no stream where nothing is embedded", () => {
    const given = { CHAT_SESSIONS_INPUT: "a\n s3://chats\n".replace(" ", ""), CHAT_SESSIONS_STREAM: "chat" };
    const options = read("--no-local --opensearch-endpoint https://search.example.com", given);
    assert.deepEqual(
      options.input?.addresses.map(({ kind }) => kind),
      ["local", "s3"],
    );
  });

  it("is read by one partition in this process, by one for each task on Flink", () => {
    const partitions = (argv: string): number | undefined =>
      read(argv).pipelineSettings({}, 0, [FILE]).files?.partitions;
    assert.equal(partitions("--input a"), 1);
    assert.equal(partitions("--input a --runner flink --parallelism 3"), 3);
  });

  it("refuses what is about a stream, or cannot be, with one sentence", () => {
    for (const flag of ["--stream chat", "--kinesis-endpoint local", "--until tip", "--shards 2", "--no-sample"]) {
      assert.match(refusal(`--input a ${flag}`), /^--[a-z-]+ is about a stream, and --input reads files in its place/);
    }
    assert.match(refusal("--input gs://bucket/a"), /--input must be a file, a folder, or an address such as s3:/);
    assert.match(refusal("--input s3://UPPER/a"), /--input must be a file, a folder/);
    assert.match(refusal("--s3-endpoint http://127.0.0.1:1"), /only of use with --input s3:/);
    assert.match(refusal("--allowed-disorder 2h"), /--allowed-disorder must be at most 1h for a stream/);
    assert.equal(read("--input a --allowed-disorder 3650d").once, true);
    const elsewhere =
      "--runner flink --flink-master http://jobmanager:8081 --no-local --opensearch-endpoint https://x.y";
    assert.match(
      refusal(`--input a ${elsewhere}`),
      /^A cluster on other machines cannot read files of this one: put them in S3/,
    );
    assert.equal(read(`--input s3://chats ${elsewhere}`).once, true);
    assert.match(refusal("--input a --runner flink --from-savepoint /s"), /--from-savepoint contradicts --input/);
  });
});

describe("options for the shapes of records", () => {
  it("reach the source and the redrive alike", () => {
    const { kinesis, messages } = read(
      "--payload-encoding auto --record-values many --envelope sns --messages-field a.b --timestamp-field t",
    ).pipelineSettings({}, 0);
    const opening = { payloadEncoding: "auto", recordValues: "many", envelope: "sns", messagesField: "a.b" };
    assert.deepEqual(kinesis.unpack, { ...opening, timestampField: "t" });
    for (const [name, value] of Object.entries(opening)) assert.equal(messages[name as keyof typeof opening], value);
  });

  it("divide files by values where told so, once", () => {
    const of = (argv: string): unknown[] => {
      const { files } = read(argv).pipelineSettings({}, 0, [FILE]);
      return [files?.form, files?.unpack?.recordValues];
    };
    assert.deepEqual(of("--input a"), ["lines", "one"]);
    assert.deepEqual(of("--input a --record-values many"), ["values", "one"]);
  });
});
