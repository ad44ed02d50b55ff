import assert from "node:assert/strict";
import { unlessCancelled } from "../../../../src/beam/host";

describe("work that a person may cancel", () => {
  it("ends as it does when nobody cancels it", async () => {
    const { signal } = new AbortController();
    assert.equal(await unlessCancelled(Promise.resolve(5), signal), 5);
    await assert.rejects(unlessCancelled(Promise.reject(new Error("it failed")), signal), /it failed/);
  });

  it("ends soon after a cancel, though it hangs, and quietly, though it fails then", async () => {
    const cancel = new AbortController();
    const hanging = unlessCancelled(new Promise<number>(() => undefined), cancel.signal);
    let fail: (error: Error) => void = () => undefined;
    const failing = unlessCancelled(new Promise<number>((_, reject) => (fail = reject)), cancel.signal);
    // Keeps this process alive, which the grace itself must not.
    const alive = setTimeout(() => undefined, 60_000);
    cancel.abort();
    fail(new Error("torn down"));
    assert.equal(await failing, undefined);
    assert.equal(await hanging, undefined);
    clearTimeout(alive);
  });
});
