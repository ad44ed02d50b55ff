import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { keyFileOf } from "../../../../src/chat/privacy/key-file";
import { redactorOf } from "../../../../src/chat/privacy/redactor";
import type { KeyFile } from "../../../../src/chat/privacy/settings";
import { erase } from "../../../../src/cli/erase";
import { namesOf, type PseudonymFacts } from "../../../../src/cli/erasure/names";
import { isFatal } from "../../../support/chat/fatal";
import { type TemporaryFolder, temporaryFolder } from "../../../support/temporary-folder";

const PSEUDONYM = `pseudonym-${"A".repeat(22)}`;
const ASKED = { kind: "user", id: "alice", key: undefined, isAsGiven: false } as const;

describe("The names of whom an erasure is about", () => {
  let folder: TemporaryFolder;
  let key: KeyFile;
  before(async () => {
    folder = await temporaryFolder("names");
    const file = path.join(folder.path, "key");
    writeFileSync(file, "k".repeat(32));
    key = keyFileOf(file);
  });
  after(() => folder.remove());

  const nameOf = (kind: "user" | "session", id: string): string =>
    redactorOf({ pseudonymisesUsers: true, key }).nameOf(kind, id);
  const facts = (holdsPseudonyms: boolean): PseudonymFacts => ({
    holdsPseudonyms: () => Promise.resolve(holdsPseudonyms),
    refuseOtherKey: () => Promise.resolve(),
  });
  const withPseudonyms = facts(true);
  const without = facts(false);

  it("are the pseudonym under the key, and the id as it was kept before there were pseudonyms", async () => {
    const { names, former } = await namesOf({ ...ASKED, key }, withPseudonyms);
    assert.deepEqual([names, former], [[nameOf("user", "alice")], "alice"]);
    assert.deepEqual(await namesOf(ASKED, without), { names: ["alice"] });
  });

  it("are those of a user too where a session key is one, as in a job that groups by users", async () => {
    const { names } = await namesOf({ ...ASKED, kind: "session", key }, withPseudonyms);
    assert.deepEqual(names, [nameOf("session", "alice"), nameOf("user", "alice")]);
  });

  it("are nobody else's where somebody called himself as another one's pseudonym", async () => {
    const { names, former } = await namesOf({ ...ASKED, id: PSEUDONYM, key }, withPseudonyms);
    assert.deepEqual([names, former], [[nameOf("user", PSEUDONYM)], undefined]);
  });

  it("are refused without the key, unless the id is the name itself, or is said to be", async () => {
    await assert.rejects(namesOf(ASKED, withPseudonyms), isFatal("BAD_OPTION", /give the job's key .*--as-given/));
    assert.deepEqual(await namesOf({ ...ASKED, id: PSEUDONYM }, withPseudonyms), { names: [PSEUDONYM] });
    assert.deepEqual(await namesOf({ ...ASKED, isAsGiven: true }, withPseudonyms), { names: ["alice"] });
    assert.deepEqual(await namesOf({ ...ASKED, key, isAsGiven: true }, withPseudonyms), { names: ["alice"] });
  });

  it("are none under another key than the index's, unless the id is the name itself", async () => {
    const refused = new Error("another key");
    const other: PseudonymFacts = {
      ...withPseudonyms,
      refuseOtherKey: (check) => (check === key.check ? Promise.reject(refused) : Promise.resolve()),
    };
    for (const kind of ["user", "session"] as const)
      await assert.rejects(namesOf({ ...ASKED, kind, key }, other), refused);
    assert.deepEqual(await namesOf({ ...ASKED, key, isAsGiven: true }, other), { names: ["alice"] });
  });

  it("need a key that is whole, which is said before anything is asked", async () => {
    const erasing = (...flags: readonly string[]) => erase(["--user", "alice", ...flags], {}, () => undefined);
    const wrapped = Buffer.alloc(180, 7).toString("base64");
    await assert.rejects(erasing("--redact-key-wrapped", wrapped), isFatal("BAD_OPTION", /needs --redact-kms-key/));
    await assert.rejects(
      erasing("--redact-key-wrapped", wrapped, "--redact-key-file", key.path),
      isFatal("BAD_OPTION", /contradicts --redact-key-file/),
    );
  });
});
