import assert from "node:assert/strict";
import { openAsBlob } from "node:fs";
import { BlobReader, configure, TextWriter, ZipReader } from "@zip.js/zip.js";
import { NOTICES_FILE } from "../../../src/beam/flink/third-party";
import { flinkRunnerJar } from "../../../src/beam/flink/embedded/build";

describe("The jar for clusters", function () {
  this.timeout(300_000);

  it("names every Maven artifact that is packed in it, with its licence, and holds the texts", async () => {
    configure({ useWebWorkers: false });
    const jar = await flinkRunnerJar((line) => console.log(line));
    const entries = await new ZipReader(new BlobReader(await openAsBlob(jar))).getEntries();
    const notices = entries.find(({ filename }) => filename === `META-INF/${NOTICES_FILE}`);
    assert(notices !== undefined && !notices.directory);
    const text = await notices.getData(new TextWriter());
    // Left there by Maven's builds, and by the jars packed into those.
    const packed = entries.flatMap(({ filename }) => {
      const [, group, name] = /^META-INF\/maven\/([^/]+)\/([^/]+)\/pom\.xml$/.exec(filename) ?? [];
      return group === undefined || group === "beam-streaming" ? [] : [`${group}:${name}`];
    });
    assert(packed.length > 30, `only ${packed.length} artifacts`);
    assert.deepEqual(
      packed.filter((each) => !new RegExp(`^${each.replaceAll(".", "\\.")}[ ,].*\\(.+\\)$`, "m").test(text)),
      [],
    );
    assert.match(text, /^org\.apache\.beam:beam-runners-flink-1\.19 2\.62\.0 \(Apache License, Version 2\.0\)$/m);
    assert.match(text, /^Apache Beam\nCopyright \d+/m);
    assert.doesNotMatch(text, /\(unknown\)$/m);
  });
});
