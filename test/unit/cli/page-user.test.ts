/** What `npm run page -- user` leaves in the file of users. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { PassThrough } from "node:stream";
import { writePageUser } from "../../../src/cli/page-user";
import { hashPassword } from "../../../src/page/auth/passwords";
import { parseUsers } from "../../../src/page/auth/users-file";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";

const PASSWORD = "correct horse battery";

describe("the command that writes a user", function () {
  this.timeout(20_000);
  let folder: TemporaryFolder;
  let file: string;
  let input: PassThrough;
  const stdin = Object.getOwnPropertyDescriptor(process, "stdin")!;

  beforeEach(async () => {
    folder = await temporaryFolder("page-user");
    file = path.join(folder.path, "users");
    input = new PassThrough();
    Object.defineProperty(process, "stdin", { ...stdin, get: () => input });
  });
  afterEach(async () => {
    Object.defineProperty(process, "stdin", stdin);
    await folder.remove();
  });

  const write = (name: string, to = file): Promise<string> => writePageUser(["user", name], to, () => undefined);
  const names = (): readonly string[] => [...parseUsers(readFileSync(file, "utf8"), file).keys()];

  it("keeps what others have changed while the password was typed", async () => {
    writeFileSync(file, `bob:${await hashPassword(PASSWORD)}\n`);
    const written = write("ada");
    writeFileSync(file, `eve:${await hashPassword(PASSWORD)}\n`);
    input.end(`${PASSWORD}\n`);
    await written;
    assert.deepEqual(names(), ["eve", "ada"]);
  });

  it("begins with a file that is missing, empty or has comments alone", async () => {
    for (const text of [undefined, "", "# readers\n"]) {
      if (text !== undefined) writeFileSync(file, text);
      input = new PassThrough();
      input.end(`${PASSWORD}\n`);
      await write("ada");
      assert.deepEqual(names(), ["ada"], text);
      if (text === undefined) assert.equal(statSync(file).mode & 0o777, 0o600);
    }
    assert.match(readFileSync(file, "utf8"), /^# readers\n/);
  });

  it("keeps who may read the file", async () => {
    writeFileSync(file, "");
    chmodSync(file, 0o640);
    const before = statSync(file);
    input.end(`${PASSWORD}\n`);
    await write("ada");
    const { mode, uid, gid } = statSync(file);
    assert.deepEqual([mode, uid, gid], [before.mode, before.uid, before.gid]);
  });

  it("refuses a folder that is not there before it asks for the password", async () => {
    await assert.rejects(write("ada", path.join(folder.path, "none", "users")), /--page-users .*: the folder .*none /);
    assert.equal(input.listenerCount("data") + input.listenerCount("readable"), 0);
  });

  it("says in one sentence that the file cannot be written", async () => {
    const gone = path.join(folder.path, "gone");
    mkdirSync(gone);
    const written = write("ada", path.join(gone, "users"));
    rmdirSync(gone);
    input.end(`${PASSWORD}\n`);
    const message = /^--page-users .*users cannot be written \(ENOENT\)\.$/;
    await assert.rejects(written, { code: "BAD_OPTION", message });
  });
});
