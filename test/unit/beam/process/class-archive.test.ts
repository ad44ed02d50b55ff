import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { archiveClasses, archivedClasses } from "../../../../src/beam/process/class-archive";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

const PROGRAM = `public class Hello { public static void main(String[] arguments) { System.out.println("hello"); } }`;
const run = promisify(execFile);

describe("The archive of a Java program's classes", function () {
  this.timeout(60_000);
  let folder: string;

  before(async () => {
    folder = makeFolder("class-archive");
    writeFileSync(path.join(folder, "Hello.java"), PROGRAM);
    await run("javac", ["Hello.java"], { cwd: folder });
    await run("jar", ["--create", "--file", "hello.jar", "Hello.class"], { cwd: folder });
  });
  after(() => removeFolder(folder));

  const hello = async (...options: readonly string[]): Promise<string> => {
    const { stdout } = await run("java", [...options, "-cp", path.join(folder, "hello.jar"), "Hello"]);
    return stdout;
  };
  const archives = (): readonly string[] => readdirSync(folder).filter((name) => name.includes(".jsa"));
  const LOADED = "-Xlog:class+load:file=";

  it("changes nothing where it is missing", () => {
    assert.deepEqual(archivedClasses(folder), []);
  });

  it("gives a start the program's own classes", async () => {
    await archiveClasses(folder, async ({ javaOptions }) => void (await hello(...javaOptions)));
    assert.equal(archives().length, 1);
    const log = path.join(folder, "loaded");
    assert.equal(await hello(...archivedClasses(folder), LOADED + log), "hello\n");
    const { stdout } = await run("grep", ["Hello source:", log]);
    assert.match(stdout, /shared objects file/);
  });

  it("is refused without a word, where a program has another class path or the archive is none", async () => {
    const other = path.join(folder, "other.jar");
    await run("cp", [path.join(folder, "hello.jar"), other]);
    const { stdout, stderr } = await run("java", [...archivedClasses(folder), "-cp", other, "Hello"]);
    assert.deepEqual([stdout, stderr], ["hello\n", ""]);
    const [archive = ""] = archives();
    await run("chmod", ["u+w", path.join(folder, archive)]);
    writeFileSync(path.join(folder, archive), "no archive");
    assert.equal(await hello(...archivedClasses(folder)), "hello\n");
  });

  it("stays as it was when a training fails, or is killed while it writes", async () => {
    const before = archives();
    await archiveClasses(folder, () => Promise.reject(new Error("the program does not start")));
    await archiveClasses(folder, ({ javaOptions: [option = ""] }) => {
      writeFileSync(option.replace(/^[^=]*=/, ""), Buffer.alloc(10_000));
      return Promise.resolve();
    });
    assert.deepEqual(archives(), before);
    assert.equal(readFileSync(path.join(folder, before[0]!), "utf8"), "no archive");
  });

  it("is not given to another Java", () => {
    const { PATH } = process.env;
    const other = path.join(folder, "bin");
    mkdirSync(other);
    writeFileSync(path.join(other, "java"), "");
    try {
      process.env["PATH"] = other;
      assert.deepEqual(archivedClasses(folder), []);
    } finally {
      process.env["PATH"] = PATH;
    }
  });
});
