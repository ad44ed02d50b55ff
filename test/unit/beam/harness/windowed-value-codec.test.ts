import assert from "node:assert/strict";
import fc from "fast-check";
import Long from "long";
import { Reader, Writer } from "protobufjs";
import { FullWindowedValueCoder } from "apache-beam/coders/required_coders";
import { EagerWriter } from "../../../../src/beam/harness/eager-writer";
import { WindowedValueCodec, type WindowKind } from "../../../../src/beam/harness/windowed-value-codec";
import {
  CoderContext,
  GlobalWindowCoder,
  IntervalWindowCoder,
  type SdkWindowedValue,
  StrUtf8Coder,
} from "../../../../src/beam/sdk";
import {
  fromSdkInstant,
  fromSdkPane,
  fromSdkWindow,
  toSdkInstant,
  toSdkPane,
  toSdkWindow,
} from "../../../../src/beam/sdk/values";
import {
  GLOBAL_WINDOW,
  GLOBAL_WINDOW_MAX_TIMESTAMP_MS,
  type IntervalWindow,
  MAX_TIMESTAMP_MS,
  MIN_TIMESTAMP_MS,
  NO_FIRING,
  type Pane,
  type WindowedValue,
} from "../../../../src/beam/values";

const SEED = 77_001;
const KINDS: readonly WindowKind[] = ["global", "interval"];

/** Makes plain objects, as `assert.deepEqual` wants them. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const timestamps = fc.oneof(
  fc.integer({ min: -(10 ** 13), max: 10 ** 13 }),
  fc.maxSafeInteger().map((ms) => Math.min(Math.max(ms, MIN_TIMESTAMP_MS), MAX_TIMESTAMP_MS)),
  fc.constantFrom(MIN_TIMESTAMP_MS, MAX_TIMESTAMP_MS, GLOBAL_WINDOW_MAX_TIMESTAMP_MS, 0, -1, 2 ** 32, -(2 ** 32)),
);

const windows: fc.Arbitrary<IntervalWindow> = fc
  .tuple(fc.integer({ min: -(10 ** 13), max: 10 ** 13 }), fc.integer({ min: 1, max: 10 ** 12 }))
  .map(([startMs, sizeMs]) => ({ startMs, endMs: startMs + sizeMs }));

const flags = { isFirst: fc.boolean(), isLast: fc.boolean() };
const index = fc.integer({ min: 0, max: 2 ** 31 - 1 });
/** Panes as runners make them: those of unknown timing have no index, and early ones come before all others. */
const panes: fc.Arbitrary<Pane> = fc.oneof(
  fc.constant(NO_FIRING),
  record({ ...flags, timing: fc.constant("EARLY" as const), index, nonSpeculativeIndex: fc.constant(-1) }),
  record({
    ...flags,
    timing: fc.constantFrom("ON_TIME" as const, "LATE" as const),
    index,
    nonSpeculativeIndex: index,
  }),
);

function values(kind: WindowKind, text = fc.string()): fc.Arbitrary<WindowedValue<unknown>> {
  const some = kind === "global" ? fc.constant([GLOBAL_WINDOW]) : fc.array(windows, { minLength: 1, maxLength: 4 });
  return record({ value: text, timestampMs: timestamps, windows: some, pane: panes });
}

function sdkCoder(kind: WindowKind): FullWindowedValueCoder<string, never> {
  const windowCoder = kind === "global" ? new GlobalWindowCoder() : new IntervalWindowCoder();
  return new FullWindowedValueCoder(new StrUtf8Coder(), windowCoder as never);
}

function toSdk(element: WindowedValue<unknown>): SdkWindowedValue<string> {
  return {
    value: element.value as string,
    timestamp: toSdkInstant(element.timestampMs),
    windows: element.windows.map(toSdkWindow),
    pane: toSdkPane(element.pane),
  };
}

function fromSdk(element: SdkWindowedValue<string>): WindowedValue<unknown> {
  return {
    value: element.value,
    timestampMs: fromSdkInstant(element.timestamp),
    windows: element.windows.map(fromSdkWindow),
    pane: fromSdkPane(element.pane),
  };
}

function encode(codec: WindowedValueCodec, element: WindowedValue<unknown>): Uint8Array {
  const writer = new EagerWriter();
  codec.encode(element, writer);
  return writer.finish();
}

for (const kind of KINDS) {
  describe(`elements with ${kind} windows on the wire (seed ${SEED})`, () => {
    const codec = new WindowedValueCodec(new StrUtf8Coder(), kind);
    const sdk = sdkCoder(kind);

    it("have the SDK's own bytes", () => {
      fc.assert(
        fc.property(values(kind), (element) => {
          const writer = Writer.create();
          sdk.encode(toSdk(element), writer, CoderContext.needsDelimiters);
          assert.deepEqual(Buffer.from(encode(codec, element)), Buffer.from(writer.finish()));
        }),
        { seed: SEED, numRuns: 500 },
      );
    });

    it("are read as the SDK reads them, and as they were", () => {
      fc.assert(
        fc.property(fc.array(values(kind), { minLength: 1, maxLength: 4 }), (elements) => {
          const bytes = Buffer.concat(elements.map((element) => encode(codec, element)));
          const reader = Reader.create(bytes);
          const sdkReader = Reader.create(bytes);
          for (const element of elements) {
            const read = codec.decode(reader);
            assert.deepEqual(read, element);
            const bySdk = fromSdk(sdk.decode(sdkReader, CoderContext.needsDelimiters));
            // The SDK reads indices with 32 bits and makes the -1 of an early pane itself.
            assert.deepEqual(read, bySdk);
          }
          assert.equal(reader.pos, bytes.length);
        }),
        { seed: SEED, numRuns: 300 },
      );
    });

    it("are refused when they end too early, wherever that is", () => {
      fc.assert(
        fc.property(
          values(kind, fc.constant("")),
          fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
          (element, at) => {
            const bytes = Buffer.from(encode(codec, element));
            const cut = Buffer.from(bytes.subarray(0, Math.floor(bytes.length * at)));
            assert.throws(() => codec.decode(Reader.create(cut)), RangeError);
          },
        ),
        { seed: SEED, numRuns: 300 },
      );
    });
  });
}

describe("the ends of time on the wire", () => {
  const codec = new WindowedValueCodec(new StrUtf8Coder(), "global");

  for (const [name, ms, beamMs] of [
    ["the beginning of time", MIN_TIMESTAMP_MS, "-9223372036854775"],
    ["the end of time", MAX_TIMESTAMP_MS, "9223372036854775"],
    ["the global window's last instant", GLOBAL_WINDOW_MAX_TIMESTAMP_MS, "9223371950454775"],
  ] as const) {
    it(`are Beam's: ${name}`, () => {
      const bytes = Buffer.from(
        encode(codec, { value: "", timestampMs: ms, windows: [GLOBAL_WINDOW], pane: NO_FIRING }),
      );
      const shifted = Long.fromString(beamMs).add(Long.MIN_VALUE).toUnsigned();
      assert.equal(bytes.readBigUInt64BE(0), BigInt(shifted.toString()));
    });
  }
});

describe("the header of an element on the wire", () => {
  it("is the element's own, whatever came before it", () => {
    fc.assert(
      fc.property(fc.array(values("interval"), { minLength: 1, maxLength: 3 }), fc.array(fc.nat(2)), (pool, order) => {
        const codec = new WindowedValueCodec(new StrUtf8Coder(), "interval");
        for (const at of order) {
          const element = pool[at % pool.length]!;
          const fresh = new WindowedValueCodec(new StrUtf8Coder(), "interval");
          assert.deepEqual(encode(codec, element), encode(fresh, element));
        }
      }),
      { seed: SEED },
    );
  });
});
