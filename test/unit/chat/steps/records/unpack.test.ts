import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import path from "node:path";
import { type DoFnInstance, type Emit, GLOBAL_WINDOW, type Metrics, NO_FIRING } from "../../../../../src/beam";
import type { DeadLetter, SourceRecord } from "../../../../../src/chat/model";
import type { UnpackSettings } from "../../../../../src/chat/steps/records/settings";
import { parse } from "../../../../../src/chat/steps/records/parse";
import { unpackerOf } from "../../../../../src/chat/steps/records/unpack";
import { unpackRecord } from "../../../../../src/chat/steps/records/unpack-records";
import { openTransform } from "../../../../support/beam/open-transform";
import { MESSAGE_SETTINGS } from "../../../../support/files/partition-driver";
import { frameOfSmallBlocks, skippableFrame, zstdFrame } from "../../../../support/files/zstd-frame";

const AT_MS = 1_795_841_870_000;
const AT = new Date(AT_MS).toISOString();
const ZSTD = readFileSync(path.resolve(__dirname, "../../../../data/compressed/two-frames.jsonl.zst"));

function record(data: string | Uint8Array, subSequenceNumber = 0): SourceRecord {
  const position = { shardId: "shardId-0", sequenceNumber: "7", subSequenceNumber };
  return { position, arrivalMs: 5, data: Buffer.from(data) };
}

const UNCOUNTED: Metrics = {
  counter: () => ({ inc: () => undefined }),
  distribution: () => ({ update: () => undefined }),
  gauge: () => ({ set: () => undefined }),
};

type Given = Partial<UnpackSettings>;

/** The texts of the messages, or the code of the record's refusal. */
function unpacked(data: string | Uint8Array | object, given: Given): readonly string[] | string {
  const bytes = typeof data === "string" || data instanceof Uint8Array ? data : JSON.stringify(data);
  const result = unpackerOf({ timestampField: "timestamp", ...given })!(record(bytes));
  return result.ok ? result.records.map((each) => Buffer.from(each.data).toString()) : result.code;
}

function values(data: string | Uint8Array | object, given: Given): readonly unknown[] {
  const texts = unpacked(data, given);
  assert.ok(typeof texts !== "string", String(texts));
  return texts.map((text) => JSON.parse(text) as unknown);
}

const ann = { userId: "ann", content: "where is my parcel?", timestamp: AT_MS };
const bob = { userId: "bob", content: "refund please" };

describe("records that hold messages otherwise than as one object", () => {
  it("are left alone without a setting that opens them", () => {
    assert.equal(unpackerOf({ timestampField: "timestamp" }), undefined);
    assert.equal(
      unpackerOf({ timestampField: "t", payloadEncoding: "plain", recordValues: "one", envelope: "none" }),
      undefined,
    );
  });

  it("are decompressed, told by their first bytes", () => {
    const auto = { payloadEncoding: "auto" } as const;
    assert.deepEqual(values(gzipSync(JSON.stringify(ann)), auto), [ann]);
    assert.deepEqual(values(ann, auto), [ann]);
    assert.equal(values(ZSTD, { ...auto, recordValues: "many" }).length, 2_000);
    assert.equal(unpacked(gzipSync(JSON.stringify(ann)).subarray(0, 30), auto), "UNREADABLE");
    assert.equal(unpacked(ZSTD.subarray(0, 1_000), auto), "UNREADABLE");
  });

  it("that are bombs are opened no further than a bound", () => {
    const bomb = gzipSync(Buffer.alloc(40 * 1_048_576));
    assert.ok(bomb.length < 50_000);
    assert.equal(unpacked(bomb, { payloadEncoding: "auto" }), "TOO_LARGE");
    // A frame of zstd with blocks that say "the same byte, 128 KiB times".
    const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
    const block = Buffer.from([0x02, 0x00, 0x10, 0x61]);
    const blocks = Array<Buffer>(400).fill(block);
    assert.equal(unpacked(Buffer.concat([header, ...blocks]), { payloadEncoding: "auto" }), "TOO_LARGE");
  });

  it("of zstd are refused before they take the memory or the time that they ask for", () => {
    const auto = { payloadEncoding: "auto" } as const;
    assert.deepEqual(unpacked(zstdFrame("{}", { windowLog: 23 }), auto), ["{}"]);
    for (const shape of [{ windowLog: 24 }, { windowLog: 31 }, { windowLog: 41 }, { claimedBytes: 2n ** 30n }]) {
      const frame = Buffer.concat([zstdFrame("{}"), skippableFrame(200), zstdFrame("{}", shape)]);
      assert.equal(
        unpacked(frame, auto),
        "TOO_LARGE",
        JSON.stringify(shape, (_, value) => String(value)),
      );
    }
    const began = performance.now();
    assert.equal(unpacked(frameOfSmallBlocks(200_000, { windowLog: 23 }), auto), "TOO_LARGE");
    assert.ok(performance.now() - began < 30_000);
    assert.equal(unpacked(frameOfSmallBlocks(2_000), auto).length, 1);
  });

  it("are taken apart where several values stand in them", () => {
    const many = { recordValues: "many" } as const;
    const [a, b] = [JSON.stringify(ann), JSON.stringify(bob)];
    for (const text of [`${a}\n${b}\n`, `${a}${b}`, `[${a},\n${b}]`]) assert.deepEqual(values(text, many), [ann, bob]);
    assert.deepEqual(unpacked(`${a}\n{"broken`, many), [a, '{"broken']);
  });

  it("that hold more messages than a position can tell apart are refused whole", () => {
    assert.equal(unpacked("1 ".repeat(40_000), { recordValues: "many" }), "OVERFULL");
    const around = { text: "x".repeat(1_000_000), list: Array(1_000).fill(1) };
    assert.equal(unpacked(around, { messagesField: "list" }), "OVERFULL");
    const aggregated = unpackerOf({ timestampField: "t", recordValues: "many" })!(record("1 2", 131_072));
    assert.ok(!aggregated.ok && aggregated.code === "OVERFULL");
  });

  it("number their messages within what an integer of the index holds", () => {
    const result = unpackerOf({ timestampField: "t", recordValues: "many" })!(record("1 ".repeat(16_384), 131_071));
    assert.ok(result.ok);
    assert.equal(result.records.at(-1)!.position.subSequenceNumber, 2 ** 31 - 1);
  });

  it("give each message a position of its own, beside those of an aggregate", () => {
    const unpack = unpackerOf({ timestampField: "t", recordValues: "many" })!;
    const subs = [0, 1].flatMap((sub) => {
      const result = unpack(record("1 2 3", sub));
      return result.ok ? result.records.map(({ position }) => position.subSequenceNumber) : [];
    });
    assert.equal(new Set(subs).size, 6);
  });
});

const ENVELOPES: readonly (readonly [NonNullable<UnpackSettings["envelope"]>, object, readonly unknown[]])[] = [
  [
    "eventbridge",
    { version: "0", id: "1", "detail-type": "chat", source: "app", time: AT, resources: [], detail: bob },
    [{ ...bob, timestamp: AT }],
  ],
  [
    "sns",
    { Type: "Notification", MessageId: "1", TopicArn: "arn", Message: JSON.stringify(ann), Timestamp: AT },
    [ann],
  ],
  [
    "dynamodb-stream",
    {
      eventName: "INSERT",
      dynamodb: {
        ApproximateCreationDateTime: AT_MS * 1_000,
        ApproximateCreationDateTimePrecision: "MICROSECOND",
        NewImage: {
          userId: { S: "bob" },
          content: { S: "refund please" },
          messageId: { N: "1129384756102938475" },
          tags: { L: [{ N: "7" }, { BOOL: true }] },
        },
      },
    },
    [{ ...bob, messageId: "1129384756102938475", tags: [7, true], timestamp: AT }],
  ],
  ["dynamodb-stream", { eventName: "REMOVE", dynamodb: { Keys: { userId: { S: "bob" } } } }, []],
];

describe("envelopes", () => {
  for (const [envelope, object, held] of ENVELOPES) {
    it(`of ${envelope} are opened, and give their time to a message without one`, () => {
      assert.deepEqual(values(object, { envelope }), held);
    });
  }

  it("give their time where the message has a null or nothing, however deep the field lies", () => {
    for (const meta of [
      { meta: { time: null, x: 1 } },
      { meta: { x: 1 } },
      { meta: null },
      {},
      { "meta.time": null },
    ]) {
      const object = { "detail-type": "chat", time: AT, detail: { userId: "u", content: "c", ...meta } };
      const given = { envelope: "eventbridge", timestampField: "meta.time" } as const;
      const [data = ""] = unpacked(object, given);
      const settings = { ...MESSAGE_SETTINGS, ...given, maxFutureMs: Number.POSITIVE_INFINITY };
      const result = parse(record(data), settings);
      assert.ok(result.ok && result.message.timestampMs === AT_MS, JSON.stringify([meta, data, result]));
    }
  });

  it("of CloudWatch Logs are always compressed, and hold many messages, or none", () => {
    const logEvents = [
      { id: "1", timestamp: AT_MS, message: JSON.stringify(ann) },
      { id: "2", timestamp: AT_MS, message: JSON.stringify(bob) },
      { id: "3", timestamp: AT_MS, message: "START RequestId: 1" },
    ];
    const record = gzipSync(JSON.stringify({ messageType: "DATA_MESSAGE", logGroup: "/chat", logEvents }));
    const texts = unpacked(record, { envelope: "cloudwatch-logs" });
    assert.ok(typeof texts !== "string");
    assert.deepEqual(
      texts.slice(0, 2).map((text) => JSON.parse(text) as unknown),
      [ann, { ...bob, timestamp: AT }],
    );
    assert.equal(texts[2], "START RequestId: 1");
    const control = {
      messageType: "CONTROL_MESSAGE",
      logEvents: [{ id: "", timestamp: 1, message: "CWL CONTROL MESSAGE" }],
    };
    assert.deepEqual(unpacked(gzipSync(JSON.stringify(control)), { envelope: "cloudwatch-logs" }), []);
  });

  it("keep all digits of ids, and leave alone what has none around it, such as a redriven message", () => {
    const detail = '{"userId":"u","content":"c","messageId":1129384756102938475}';
    const [text] = unpacked(`{"detail-type":"chat","detail":${detail}}`, { envelope: "eventbridge" });
    assert.match(text ?? "", /"messageId":"1129384756102938475"/);
    for (const envelope of ["eventbridge", "sns", "dynamodb-stream", "cloudwatch-logs"] as const) {
      assert.deepEqual(unpacked(ann, { envelope }), [JSON.stringify(ann)]);
    }
    assert.deepEqual(unpacked("{broken", { envelope: "sns" }), ["{broken"]);
  });

  it("are dead letters where they cannot be taken apart, and end no job", () => {
    const deep = `{"a":`.repeat(50_000) + "1" + "}".repeat(50_000);
    const broken: readonly (readonly [string, Given])[] = [
      ['{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","timestamp":1}]}', { envelope: "cloudwatch-logs" }],
      [`{"detail-type":"x","source":"y","detail":${deep}}`, { envelope: "eventbridge" }],
      [`{"list":[${deep}]}`, { messagesField: "list" }],
    ];
    for (const [data, given] of broken) assert.equal(unpacked(data, given), "UNREADABLE", data.slice(0, 60));
  });
});

describe("lists of messages in an object", () => {
  it("give one message for each member, with the fields around it", () => {
    const chat = { id: 1, visitor: { id: "v" }, history: [{ msg: "a" }, { msg: "b" }] };
    assert.deepEqual(values(chat, { messagesField: "history" }), [
      { id: 1, visitor: { id: "v" }, history: { msg: "a" } },
      { id: 1, visitor: { id: "v" }, history: { msg: "b" } },
    ]);
  });

  it("may lie within lists, and be missing or empty", () => {
    const hook = {
      entry: [{ changes: [{ value: { messages: [{ from: "1" }, { from: "2" }] } }, { value: {} }] }, { changes: [] }],
    };
    const path = { messagesField: "entry.changes.value.messages" };
    assert.deepEqual(
      values(hook, path).map((value) => (value as { entry: { changes: unknown } }).entry.changes),
      [{ value: { messages: { from: "1" } } }, { value: { messages: { from: "2" } } }],
    );
    assert.deepEqual(values({ entry: [] }, path), []);
    assert.deepEqual(values(bob, path), [bob]);
  });
});

type Outputs = { main: SourceRecord; deadLetters: DeadLetter };

describe("a redriven record", () => {
  it("stays a dead letter where nothing lies at the path of messages, and is settled where its envelope is empty", async () => {
    const outcome = async (object: object, given: Given): Promise<readonly string[]> => {
      const found: string[] = [];
      const emit: Emit<Outputs> = (tag, value) =>
        void found.push(tag === "main" ? "message" : `${(value as DeadLetter).code}: ${(value as DeadLetter).reason}`);
      const unpack = unpackRecord({ timestampField: "timestamp", ...given });
      const opened = await openTransform<DoFnInstance<SourceRecord, Outputs>>(unpack, UNCOUNTED);
      opened.instance.process(record(JSON.stringify(object)), emit, {
        timestampMs: 0,
        window: GLOBAL_WINDOW,
        pane: NO_FIRING,
      });
      await opened.scope.close();
      return found;
    };
    const hook = { entry: [{ messages: [bob] }] };
    assert.deepEqual(await outcome(hook, { messagesField: "entry.messages" }), ["message"]);
    assert.deepEqual(await outcome(hook, { messagesField: "entry.mesages" }), [
      'NO_CONTENT: no message at "entry.mesages"',
    ]);
    const removal = { eventName: "REMOVE", dynamodb: {} };
    assert.deepEqual(await outcome(removal, { envelope: "dynamodb-stream" }), []);
  });
});
