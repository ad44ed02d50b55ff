import assert from "node:assert/strict";
import { keyHash } from "../../../../src/chat/steps/key-hash";

describe("Hashes of keys", () => {
  it("are the same for the same key, and stay so: letters and alerts are found by them", () => {
    assert.equal(keyHash("alice"), "tMKGkV3RIVqVJ_WVrORRTC");
  });

  it("differ for keys that differ, whatever they hold, and do not show the key", () => {
    const keys = ["alice", "Alice", '["acme","alice"]', "", "\uFFFD", "ali\u0000ce"];
    const hashes = keys.map(keyHash);
    assert.equal(new Set(hashes).size, keys.length);
    for (const hash of hashes) assert.match(hash, /^[\w-]{22}$/);
  });
});
