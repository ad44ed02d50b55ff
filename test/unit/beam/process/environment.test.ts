import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { environmentFor } from "../../../../src/beam/process/environment";
import { buildOnce } from "../../../../src/beam/process/java-build";
import { makeFolder, removeFolder } from "../../../support/temporary-folder";

const ROOT = path.resolve(__dirname, "../../../..");
const SECRETS = { CHAT_SESSIONS_PASSWORD: "s3cret", AWS_SECRET_ACCESS_KEY: "s3cret", GITHUB_TOKEN: "s3cret" };

describe("the environment of processes", () => {
  const own = {
    ...SECRETS,
    PATH: "/bin",
    Home: "/root",
    LC_ALL: "C",
    LC: "no",
    JAVA_HOME: "/java",
    http_proxy: "http://user:s3cret@proxy",
    AWS_PROFILE: "chats",
    AWS: "no",
    TS_NODE_PROJECT: "/tsconfig.json",
    NPM_TOKEN: "npm's",
  };

  it("is what they need, and nothing else", () => {
    const program = { PATH: "/bin", Home: "/root", LC_ALL: "C" };
    assert.deepEqual(environmentFor([], [], own), program);
    assert.deepEqual(environmentFor(["java"], [], own), { ...program, JAVA_HOME: "/java" });
    assert.deepEqual(environmentFor(["typescript"], [], own), { ...program, TS_NODE_PROJECT: "/tsconfig.json" });
    assert.deepEqual(environmentFor(["npm"], [], own), { ...program, NPM_TOKEN: "npm's" });
    assert.deepEqual(environmentFor(["download"], [], own), { ...program, http_proxy: own.http_proxy });
  });

  it("holds AWS's credentials for workers, and the password only when it is named", () => {
    const { PATH, Home, LC_ALL, AWS_PROFILE, AWS_SECRET_ACCESS_KEY } = own;
    const worker = { PATH, Home, LC_ALL, AWS_PROFILE, AWS_SECRET_ACCESS_KEY };
    assert.deepEqual(environmentFor(["worker"], [], own), worker);
    const named = environmentFor(["worker"], ["CHAT_SESSIONS_PASSWORD"], own);
    assert.deepEqual(named, { ...worker, CHAT_SESSIONS_PASSWORD: "s3cret" });
    assert.deepEqual(environmentFor([], ["*"], own), own);
  });

  describe("of a program that fetches packages", () => {
    let folder: string;
    let before: NodeJS.ProcessEnv;

    /** Makes a program that stands before the real one, and leaves its environment in a file. */
    function shadow(program: string, exitCode: number): string {
      const file = path.join(folder, "environment");
      const script = path.join(folder, "bin", program);
      mkdirSync(path.dirname(script), { recursive: true });
      writeFileSync(script, `#!/bin/sh\nenv > "${file}"\nexit ${exitCode}\n`);
      chmodSync(script, 0o755);
      process.env["PATH"] = `${path.dirname(script)}:${before["PATH"]}`;
      return file;
    }

    beforeEach(() => {
      folder = makeFolder("environment");
      before = { ...process.env };
      Object.assign(process.env, SECRETS, { HTTPS_PROXY: "http://proxy", MAVEN_OPTS: "-Xmx1g" });
    });
    afterEach(async () => {
      for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name];
      Object.assign(process.env, before);
      await removeFolder(folder);
    });

    it("holds the proxy and no secret: Maven", async () => {
      const file = shadow("mvn", 0);
      const source = path.join(folder, "source");
      writeFileSync(source, "");
      const steps = () => [{ command: "mvn" as const, parameters: [] }];
      const build = {
        title: "It",
        announcement: "",
        sources: [source],
        cacheDirectory: path.join(folder, "cache"),
        steps,
      };
      await buildOnce(build, () => undefined);
      const environment = readFileSync(file, "utf8");
      assert.match(environment, /^HTTPS_PROXY=http:\/\/proxy$/m);
      assert.match(environment, /^MAVEN_OPTS=/m);
      assert.doesNotMatch(environment, /s3cret/);
    });

    it("holds the proxy and no secret: npm, before there are packages", () => {
      const file = shadow("npm", 1);
      const clone = path.join(folder, "clone");
      for (const name of ["scripts/bootstrap.mjs", "src/beam/process/variables.json", "package-lock.json"]) {
        mkdirSync(path.dirname(path.join(clone, name)), { recursive: true });
        copyFileSync(path.join(ROOT, name), path.join(clone, name));
      }
      spawnSync(process.execPath, [path.join(clone, "scripts/bootstrap.mjs"), "src/main.ts"]);
      const environment = readFileSync(file, "utf8");
      assert.match(environment, /^HTTPS_PROXY=http:\/\/proxy$/m);
      assert.doesNotMatch(environment, /s3cret/);
    });
  });
});
