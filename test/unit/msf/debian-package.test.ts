import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { filesOfDebianPackage } from "../../../runners/msf/debian-package";

const FOLDER = path.resolve(__dirname, "../../../runners/msf/debian");
const LIBRARY = "/lib/x86_64-linux-gnu/libgcc_s.so.1";
const ELF = Buffer.of(0x7f, 0x45, 0x4c, 0x46);

describe("a Debian package", () => {
  let content: Buffer;
  before(async () => {
    content = await readFile(path.join(FOLDER, "libgcc-s1_12.2.0-14+deb12u1_amd64.deb"));
  });

  it("gives the wanted files by their absolute names", async () => {
    const files = await filesOfDebianPackage(content, [LIBRARY]);
    assert.deepEqual([...files.keys()], [LIBRARY]);
    const library = files.get(LIBRARY)!;
    assert.equal(library.length, 125_312);
    assert.ok(library.subarray(0, 4).equals(ELF));
  });

  it("is refused without a wanted file, cut short, or in another form", async () => {
    await assert.rejects(filesOfDebianPackage(content, [LIBRARY, "/no/such"]), /has no file \/no\/such/);
    await assert.rejects(filesOfDebianPackage(content.subarray(0, 30_000), [LIBRARY]));
    await assert.rejects(filesOfDebianPackage(Buffer.from("PK"), [LIBRARY]), /not a Debian package/);
    await assert.rejects(filesOfDebianPackage(Buffer.from("!<arch>\n"), [LIBRARY]), /no member data\.tar\.xz/);
  });
});
