import assert from "node:assert/strict";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { JobError } from "../../../../src/chat/errors";
import { hashPassword, isPasswordOf, parsePasswordHash } from "../../../../src/page/auth/passwords";
import { checkUsers, parseUsers, usersIn, userName, withUser } from "../../../../src/page/auth/users-file";
import { temporaryFolder } from "../../../support/temporary-folder";

const HASH = `$scrypt$ln=15,r=8,p=3$${"A".repeat(22)}$${"B".repeat(42)}A`;

function refusal(text: string): string {
  try {
    parseUsers(text, "users");
  } catch (error) {
    assert.ok(error instanceof JobError && error.code === "BAD_OPTION");
    return error.message;
  }
  return assert.fail(`not refused: ${text}`);
}

describe("the file of users", () => {
  it("has a line for each, beside empty ones and comments", () => {
    const users = parseUsers(`# readers\n\nada:${HASH}\r\nbob@example.org:${HASH}\n`, "users");
    assert.deepEqual([...users.keys()], ["ada", "bob@example.org"]);
  });

  it("is refused by the number of a line, and never by its content", () => {
    const weak = HASH.replace("ln=15", "ln=10");
    const dear = HASH.replace("ln=15", "ln=30");
    for (const line of ["ada", "ada:secret", `ada:${weak}`, `ada:${dear}`, `:${HASH}`, `a b:${HASH}`, `ada:${HASH}x`]) {
      const sentence = refusal(`bob:${HASH}\n${line}`);
      assert.match(sentence, /^--page-users users: line 2 is not a user: npm run page -- user/, line);
      assert.doesNotMatch(sentence, /secret|scrypt/);
    }
    assert.match(refusal(`ada:${HASH}\nada:${HASH}`), /line 2 has a user again/);
  });

  it("gets a user's line in the place of an older one, or at its end", () => {
    const text = withUser("# readers\nada:old\nbob:old\n", "ada", HASH);
    assert.equal(text, `# readers\nada:${HASH}\nbob:old\n`);
    assert.equal(withUser(text, "eve", HASH), `${text}eve:${HASH}\n`);
    assert.equal(withUser("", "ada", HASH), `ada:${HASH}\n`);
  });

  it("takes no name that a line could not hold", () => {
    for (const name of ["", "a:b", "a b", "#a", "a\nb", "a\u001b[0m", "x".repeat(300)])
      assert.equal(userName(name), undefined, name);
    assert.equal(userName("zoe\u0308"), "zoë");
  });

  it("is read anew when it has changed, and kept as it was when the new one cannot be used", async () => {
    const folder = await temporaryFolder("users");
    const file = path.join(folder.path, "users");
    const write = (text: string): void => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    };
    try {
      assert.throws(() => usersIn(file), /--page-users .*users: there is no such file; npm run page -- user/);
      write(`ada:${HASH}\n`);
      const users = usersIn(file);
      let nowMs = Date.now();
      const names = (): readonly string[] => [...users.value((nowMs += 2_000)).keys()];
      const same = users.value((nowMs += 2_000));
      assert.equal(users.value((nowMs += 2_000)), same, "it is not read without need");
      write(`bob:${HASH}\n`);
      assert.deepEqual([...users.value(nowMs + 1).keys()], ["ada"], "soon, if not at once");
      assert.deepEqual(names(), ["bob"]);
      write("nonsense");
      assert.deepEqual(names(), ["bob"]);
      for (const empty of ["", "# nobody\n", undefined]) {
        write(`eve:${HASH}\n`);
        assert.deepEqual(names(), ["eve"]);
        if (empty === undefined) rmSync(file);
        else write(empty);
        assert.deepEqual(names(), [], "who was removed last is gone, too");
      }
      write("# nobody\n");
      assert.throws(() => checkUsers(file), /--page-users .*users: there is no user in it: npm run page -- user/);
    } finally {
      await folder.remove();
    }
  });
});

describe("a password's hash", function () {
  this.timeout(10_000);

  it("is of this password alone, and another one each time", async () => {
    const [one, other] = [await hashPassword("a long password"), await hashPassword("a long password")];
    assert.notEqual(one, other);
    assert.match(one, /^\$scrypt\$ln=15,r=8,p=3\$/);
    for (const written of [one, other]) {
      const hash = parsePasswordHash(written)!;
      assert.equal(await isPasswordOf("a long password", hash), true);
      for (const wrong of ["", "a long passwore", "a long password "]) {
        assert.equal(await isPasswordOf(wrong, hash), false, wrong);
      }
    }
  });
});
