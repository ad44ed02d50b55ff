import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { ZstdOpener } from "../../../../../src/chat/steps/records/zstd";
import { WindowTooLarge, ZstdFrames } from "../../../../../src/chat/steps/records/zstd-frames";
import { skippableFrame, zstdFrame } from "../../../../support/files/zstd-frame";

const SEED = 20_264;
const FILE = readFileSync(path.resolve(__dirname, "../../../../data/compressed/two-frames.jsonl.zst"));

function* inChunks(bytes: Buffer, cuts: readonly number[]): Generator<Buffer> {
  const ends = [...cuts.map((cut) => cut % bytes.length), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    yield bytes.subarray(from, end);
    from = end;
  }
}

describe("frames of zstd", () => {
  it(`are followed and opened the same however the bytes come (seed ${SEED})`, () => {
    const bytes = Buffer.concat([FILE, skippableFrame(40), zstdFrame("own"), zstdFrame("")]);
    const whole: Uint8Array[] = [];
    const once = new ZstdOpener((part) => void whole.push(part), 2 ** 23);
    once.push(bytes);
    once.end();
    assert.match(Buffer.concat(whole).toString(), /"message 1999".*\nown$/);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 50 }), (cuts) => {
        const parts: Uint8Array[] = [];
        const opener = new ZstdOpener((part) => void parts.push(part), 2 ** 23);
        for (const chunk of inChunks(bytes, cuts)) opener.push(chunk);
        opener.end();
        assert.ok(Buffer.concat(parts).equals(Buffer.concat(whole)));
      }),
      { seed: SEED },
    );
  });

  it(`tell the window before the frame is opened, wherever the chunks end (seed ${SEED})`, () => {
    const before = Buffer.concat([zstdFrame("a"), skippableFrame(7), zstdFrame("b".repeat(100))]);
    const shapes = [{ windowLog: 24 }, { windowLog: 41 }, { claimedBytes: 2n ** 24n }, { claimedBytes: 2n ** 63n }];
    for (const shape of shapes) {
      const bytes = Buffer.concat([before, zstdFrame("c", shape)]);
      fc.assert(
        fc.property(fc.array(fc.nat(), { maxLength: 50 }), (cuts) => {
          const frames = new ZstdFrames(2 ** 23);
          const check = (): void => {
            for (const chunk of inChunks(bytes, cuts)) frames.check(chunk);
          };
          assert.throws(check, WindowTooLarge);
        }),
        { seed: SEED },
      );
    }
  });
});
