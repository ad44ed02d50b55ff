import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { queryObjects } from "node:v8";
import { gzipSync } from "node:zlib";
import { decompressed, UnopenableData } from "../../../../src/io/files/decompress";
import type { Compression } from "../../../../src/io/files/sniff";
import { skippableFrame, zstdFrame } from "../../../support/files/zstd-frame";

const MIB = 1_048_576;

async function* inBlocks(bytes: Buffer, blockBytes = MIB): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < bytes.length; at += blockBytes) yield bytes.subarray(at, at + blockBytes);
}

/** Returns what opens of the bytes, and the words about the rest. */
async function open(compression: Compression, bytes: Buffer): Promise<{ content: Buffer; words?: string }> {
  const parts: Buffer[] = [];
  try {
    for await (const part of decompressed(compression, inBlocks(bytes))) parts.push(part);
  } catch (error) {
    assert.ok(error instanceof UnopenableData);
    return { content: Buffer.concat(parts), words: error.words };
  }
  return { content: Buffer.concat(parts) };
}

function livePromises(): number {
  return Number(queryObjects(Promise, { format: "count" }));
}

describe("compressed files", () => {
  it("hold no promise for each slice of a long gzip file", async function () {
    // Each count walks the whole heap.
    this.timeout(120_000);
    const content = decompressed("gzip", inBlocks(gzipSync(randomBytes(9 * MIB), { level: 1 })));
    const counts: number[] = [];
    let bytes = 0;
    for (const mib of [1, 8]) {
      while (bytes < mib * MIB) bytes += (await content.next()).value!.length;
      counts.push(livePromises());
    }
    await content.return();
    // Each MiB is 64 slices.
    assert.ok(counts[1]! < counts[0]! + 64, `${counts[0]} promises, then ${counts[1]}`);
  });

  it("of zstd are not opened where a frame asks for more memory than the zstd program gives", async () => {
    const before = zstdFrame("what lies before\n");
    const large = zstdFrame("large", { windowLog: 31 });
    const { content, words } = await open("zstd", Buffer.concat([before, before, before, before, large]));
    assert.match(words ?? "", /ask for a window of 2147483648 bytes, more than 134217728, so the rest is not read/);
    assert.equal(content.toString(), "what lies before\n".repeat(4));
  });

  it("of zstd are opened with the largest window that the program writes by itself", async () => {
    const long = Buffer.from(
      "28b52ffd0488650100b8616761696e20616e6420310a323334353637383931300a0aa810c8ed3990530f102cf1960faf38b5bce0ef79845171",
      "hex",
    );
    const numbers = Array.from({ length: 10 }, (_, index) => `again and again ${index + 1}\n`);
    assert.deepEqual(await open("zstd", Buffer.concat([skippableFrame(3), long])), {
      content: Buffer.from(numbers.join("")),
    });
  });

  it("of zstd that are damaged give out what lies before", async () => {
    const frames = Buffer.concat([zstdFrame("first\n"), zstdFrame("second, which is long enough\n")]);
    const nonsense = Buffer.concat([frames, Buffer.from("nonsense, which is no frame")]);
    for (const bytes of [nonsense, Buffer.concat([frames, zstdFrame("cut").subarray(0, 11)])]) {
      const { content, words } = await open("zstd", bytes);
      assert.match(words ?? "", /^its zstd data are damaged or cut from here on/);
      assert.equal(content.toString(), "first\nsecond, which is long enough\n");
    }
  });
});
