import assert from "node:assert/strict";
import { tooOld } from "../../../runners/msf/old-snapshots";
import { leftBehind, wanted } from "../../../runners/msf/undone-snapshots";

const at = (minute: number) => ({ name: `s${minute}`, versionId: minute, created: new Date(minute * 60_000) });
const names = (snapshots: readonly { readonly name: string }[]): string => snapshots.map(({ name }) => name).join(" ");

describe("what rollbacks have left behind", () => {
  it("is what was made after the snapshot that was gone back to, and before the rollback", () => {
    const all = [at(4), at(3), at(2), at(1)];
    const undone = leftBehind([], at(2), all);
    assert.equal(names(wanted(all, undone)), "s2 s1");
    assert.equal(names(wanted([at(5), ...all], undone)), "s5 s2 s1");
  });

  it("is nothing when the newest snapshot was gone back to", () => {
    assert.deepEqual(leftBehind([], at(2), [at(2), at(1)]), []);
  });

  it("does not count among the snapshots that are kept, and leaves with what is older than those", () => {
    const all = [at(6), at(5), at(4), at(3), at(2), at(1)];
    const undone = leftBehind([], at(3), all.slice(1));
    assert.equal(names(wanted(all, undone)), "s6 s3 s2 s1");
    assert.equal(names(tooOld(all, undone, 2)), "s2 s1");
    assert.equal(names(tooOld(all, undone, 1)), "s5 s4 s3 s2 s1");
    assert.equal(names(tooOld(all, undone, 4)), "");
  });

  it("grows with each rollback, further back and again from what came after", () => {
    const all = [at(4), at(3), at(2), at(1)];
    const once = leftBehind([], at(3), all);
    const twice = leftBehind(once, at(1), all);
    assert.equal(twice.length, 1);
    assert.equal(names(wanted(all, twice)), "s1");
    const later = [at(6), at(5), ...all];
    assert.equal(names(wanted(later, leftBehind(twice, at(5), later))), "s5 s1");
  });
});
