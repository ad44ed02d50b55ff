import assert from "node:assert/strict";
import { openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { BlobReader, configure, type FileEntry, TextWriter, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import { packageJar, type PackagedJar } from "../../../runners/msf/package";
import { makeFolder, removeFolder } from "../../support/temporary-folder";
import { rehearsalJar } from "./support/jars";

const BUILD_LIMIT_MS = 280_000;
const MAX_BYTES = 300_000_000;
/** Class version of Java 11; the major version is in a class file's bytes 6 and 7. */
const JAVA_11_CLASS = 55;

describe("the jar for the managed service", function () {
  this.timeout(BUILD_LIMIT_MS);
  let folder: string;
  let jar: PackagedJar;
  let entries: ReadonlyMap<string, FileEntry>;

  before(async () => {
    configure({ useWebWorkers: false });
    folder = makeFolder("msf-jar");
    jar = await packageJar({ output: path.join(folder, "job.jar") }, () => undefined);
    const found = await new ZipReader(new BlobReader(await openAsBlob(jar.file))).getEntries();
    entries = new Map(found.flatMap((entry) => (entry.directory ? [] : [[entry.filename, entry]])));
  });
  after(() => removeFolder(folder));

  it("has the same bytes when it is built again, and not too many", async () => {
    const again = await rehearsalJar("first");
    const [one, other] = await Promise.all([readFile(jar.file), readFile(again)]);
    assert.ok(one.equals(other));
    assert.equal(jar.bytes, one.length);
    assert.ok(jar.bytes < MAX_BYTES);
  });

  it("starts with our class, and leaves out what the service has", async () => {
    const manifest = await entries.get("META-INF/MANIFEST.MF")!.getData(new TextWriter());
    assert.match(manifest, /^Main-Class: beamstreaming\.JobMain\r?$/m);
    const names = [...entries.keys()];
    const foreign = /^org\/apache\/(flink\/(runtime|streaming|api)|logging\/log4j|beam\/fake)\//;
    assert.deepEqual(names.filter((name) => foreign.test(name)).slice(0, 5), []);
    assert.ok(names.includes("org/apache/beam/runners/flink/FlinkPipelineRunner.class"));
    assert.deepEqual(
      names.filter((name) => name.startsWith("BEAM-PIPELINE/")),
      [],
      "the pipeline is built on the service",
    );
  });

  it("has own classes that Java 11 can load", async () => {
    const own = [...entries].filter(([name]) => /^beamstreaming\/.*\.class$/.test(name));
    assert.ok(own.length >= 5);
    for (const [name, entry] of own) {
      const bytes = Buffer.from(await entry.getData(new Uint8ArrayWriter()));
      assert.ok(bytes.readUInt16BE(6) <= JAVA_11_CLASS, name);
    }
  });

  it("holds nothing of the machine that built it", async () => {
    for (const name of ["worker/worker.js", "worker/pipeline.js", "worker/manifest.json"]) {
      const text = await entries.get(name)!.getData(new TextWriter());
      assert.equal(text.includes(path.resolve(__dirname, "../../..")), false, name);
    }
  });
});
