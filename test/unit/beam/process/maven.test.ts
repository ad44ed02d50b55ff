/** Artifacts from Maven that differ from their pins: nothing is built from them. Asks no registry for an artifact. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildOnce, resolveArtifacts } from "../../../../src/beam/process/java-build";
import { hashListOf, maven, pinArtifacts, readArtifacts } from "../../../../src/beam/process/maven";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

const POM_START = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>`;
const COORDINATES = "org.example:library:jar:1.0";

function hashOf(algorithm: "sha1" | "sha256", content: string): string {
  return createHash(algorithm).update(content).digest("hex");
}

describe("What Maven brings", function () {
  this.timeout(60_000);
  let directory = "";
  const at = (name: string): string => path.join(directory, name);

  beforeEach(() => {
    directory = makeFolder("maven");
    writeFileSync(at("library.jar"), "the library");
    const library = `<groupId>org.example</groupId><artifactId>library</artifactId><version>1.0</version>`;
    writeFileSync(
      at("pom.xml"),
      `${POM_START}<groupId>org.example</groupId><artifactId>program</artifactId><version>1</version>
       <packaging>pom</packaging><dependencies><dependency>${library}<scope>system</scope>
       <systemPath>${at("library.jar")}</systemPath></dependency></dependencies></project>`,
    );
  });
  afterEach(() => removeFolder(directory));

  const artifacts = () => ({ pom: at("pom.xml") });
  const pin = async (): Promise<void> => {
    const settings = { folder: directory, title: "A program", logFile: at("log") };
    await pinArtifacts(await resolveArtifacts(artifacts(), settings), hashListOf(at("pom.xml")));
  };
  /** A build whose only step leaves a file, as a compiler or an annotation processor would. */
  const build = (): Promise<string> =>
    buildOnce(
      {
        title: "A program",
        announcement: "building",
        artifacts: artifacts(),
        sources: [],
        cacheDirectory: at("cache"),
        steps: () => [{ command: "javac", parameters: ["-d", directory, at("Step.java")] }],
      },
      () => undefined,
    );

  it("goes into a build when its hash is the listed one, and is refused by name before any step when it is not", async () => {
    writeFileSync(at("Step.java"), "class Step {}");
    await pin();
    assert.equal(readFileSync(at("artifacts.sha256"), "utf8"), `${hashOf("sha256", "the library")}  ${COORDINATES}\n`);
    await build();
    assert(existsSync(at("Step.class")));
    rmSync(at("Step.class"));
    rmSync(at("cache"), { recursive: true });
    writeFileSync(at("library.jar"), "the library, and something else");
    await assert.rejects(build(), (error: Error) => {
      assert.match(
        error.message,
        /^The Maven artifact org\.example:library:jar:1\.0 \(\S+library\.jar\) has the SHA-256/,
      );
      assert.match(
        error.message,
        /which is not its own in \S+artifacts\.sha256: nothing is built from it\. Maven fetches it anew/,
      );
      return true;
    });
    assert(!existsSync(at("Step.class")), "a step ran");
  });

  it("is refused when it is not listed", async () => {
    writeFileSync(at("artifacts.sha256"), "");
    await assert.rejects(build(), /^BeamError: The Maven artifact org\.example:library:jar:1\.0 \S+ has no hash in/);
  });

  it("is refused by Maven when its registry has another checksum", () => {
    const parent = at("registry/org/example/parent/1.0");
    mkdirSync(parent, { recursive: true });
    const own = "<groupId>org.example</groupId><artifactId>parent</artifactId><version>1.0</version>";
    const pom = `${POM_START}${own}<packaging>pom</packaging></project>`;
    writeFileSync(path.join(parent, "parent-1.0.pom"), pom);
    writeFileSync(
      at("pom.xml"),
      `${POM_START}<parent>${own}<relativePath/></parent><artifactId>child</artifactId><packaging>pom</packaging>
       <repositories><repository><id>example</id><url>file://${at("registry")}</url></repository></repositories></project>`,
    );
    const validate = (checksumOf: string) => {
      rmSync(at("repository"), { recursive: true, force: true });
      writeFileSync(path.join(parent, "parent-1.0.pom.sha1"), hashOf("sha1", checksumOf));
      const { command, parameters } = maven(at("pom.xml"), "validate", `-Dmaven.repo.local=${at("repository")}`);
      return spawnSync(command, parameters, { encoding: "utf8" });
    };
    const right = validate(pom);
    assert.equal(right.status, 0, right.stdout);
    const wrong = validate("another pom");
    assert.notEqual(wrong.status, 0);
    assert.match(wrong.stdout, /Checksum validation failed/);
  });

  it("may come without its registry's checksum, since its own hash is listed, and never with another one", async () => {
    const version = `1.0-${randomUUID()}`;
    const folder = at(`registry/org/example/unchecked/${version}`);
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `unchecked-${version}.zip`);
    writeFileSync(file, "the archive");
    writeFileSync(
      at("pom.xml"),
      `${POM_START}<groupId>org.example</groupId><artifactId>program</artifactId><version>1</version>
       <packaging>pom</packaging><repositories><repository><id>example</id><url>file://${at("registry")}</url>
       </repository></repositories><dependencies><dependency><groupId>org.example</groupId>
       <artifactId>unchecked</artifactId><version>${version}</version><type>zip</type></dependency></dependencies></project>`,
    );
    writeFileSync(at("Step.java"), "class Step {}");
    const list = (content: string): void =>
      writeFileSync(at("artifacts.sha256"), `${hashOf("sha256", content)}  org.example:unchecked:zip:${version}\n`);
    list("the archive");
    writeFileSync(`${file}.sha1`, hashOf("sha1", "another archive"));
    await assert.rejects(build(), /Checksum validation failed, expected/);
    rmSync(`${file}.sha1`);
    const settings = { folder: directory, title: "A program", logFile: at("log") };
    await assert.rejects(resolveArtifacts(artifacts(), settings), /no checksums available/);
    await build();
    assert(existsSync(at("Step.class")));
    const [own] = await resolveArtifacts(artifacts(), settings);
    const removeFetched = (): void => rmSync(path.dirname(own!.file), { recursive: true, force: true });
    try {
      list("another archive");
      await assert.rejects(
        build(),
        /^BeamError: The Maven artifact org\.example:unchecked:zip:\S+ \S+ has the SHA-256/,
      );
      removeFetched();
      // The log of the refused build is still there, and says that there was no checksum.
      for (const name of readdirSync(at("cache")))
        if (!name.endsWith(".log")) rmSync(at(`cache/${name}`), { recursive: true });
      list("the archive");
      writeFileSync(`${file}.sha1`, hashOf("sha1", "another archive"));
      await assert.rejects(build(), /Checksum validation failed, expected/);
    } finally {
      removeFetched();
    }
  });

  it("has a name, a scope and a file in Maven's list, whatever stands around them", async () => {
    const list = ["", "The following files have been resolved:", "   a.b:c:jar:tests:1.0:test:/m2/c-1.0-tests.jar", ""];
    writeFileSync(at("list"), list.join("\n"));
    const expected = [{ coordinates: "a.b:c:jar:tests:1.0", scope: "test", file: "/m2/c-1.0-tests.jar" }];
    assert.deepEqual(await readArtifacts(at("list")), expected);
  });
});
