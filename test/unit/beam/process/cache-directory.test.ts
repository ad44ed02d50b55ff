import assert from "node:assert/strict";
import { homedir } from "node:os";
import path from "node:path";
import { cacheDirectory } from "../../../../src/beam/process/cache-directory";

describe("the cache of builds", () => {
  it("is in a checkout itself", () => {
    assert.equal(cacheDirectory({ BEAM_STREAMING_CACHE: "/elsewhere" }), path.resolve(__dirname, "../../../../.local"));
  });

  it("of a package is with the user's other caches, or where a variable says", () => {
    const own = path.join(homedir(), ".cache/beam-streaming");
    const cases = [
      [{}, own],
      [{ XDG_CACHE_HOME: "" }, own],
      [{ XDG_CACHE_HOME: "relative" }, own],
      [{ XDG_CACHE_HOME: "/caches" }, "/caches/beam-streaming"],
      [{ XDG_CACHE_HOME: "/caches", BEAM_STREAMING_CACHE: "" }, "/caches/beam-streaming"],
      [{ XDG_CACHE_HOME: "/caches", BEAM_STREAMING_CACHE: "/elsewhere" }, "/elsewhere"],
    ] as const;
    for (const [environment, directory] of cases) assert.equal(cacheDirectory(environment, false), directory);
  });
});
