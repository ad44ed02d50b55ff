import assert from "node:assert/strict";
import { keyHash } from "../../../../../src/chat/steps/ids/key-hash";

describe("the hash of a key", () => {
  it("stays the same: ledgers, letters and alerts are found by it", () => {
    assert.equal(keyHash("alice"), "baae23aa-7edb-53c0-8213-c1ca32f738fb");
  });

  it("differs for keys that differ, whatever they hold, and does not show the key", () => {
    const keys = ["alice", "Alice", '["acme","alice"]', "", "\uFFFD", "\uD800", "ali\u0000ce"];
    const hashes = keys.map(keyHash);
    assert.equal(new Set(hashes).size, keys.length);
    for (const hash of hashes) assert.match(hash, /^[\da-f-]{36}$/);
  });
});
