import assert from "node:assert/strict";
import { type Blocks, watchBlocks } from "../../../../src/cli/start/block-watch";
import { until } from "../../../support/until";

describe("the watch over blocks of the indexes", () => {
  it("says once that a disk is full, of which index, and once that it takes documents again", async () => {
    const full: Blocks = new Map([["chat", ["read_only_allow_delete"]]]);
    const looks: readonly (Blocks | undefined)[] = [
      new Map(),
      full,
      undefined,
      full,
      new Map(),
      new Map([["letters", ["write"]]]),
    ];
    const said: string[] = [];
    const ended = new AbortController();
    let count = 0;
    const watching = watchBlocks({
      // Trouble with a look is no news.
      blocks: () =>
        count === 3
          ? Promise.reject(new Error(`look ${count++}`))
          : Promise.resolve(looks[Math.min(count++, looks.length - 1)]),
      say: (line) => void said.push(line),
      ended: ended.signal,
      lookMs: 1,
    });
    await until("it has looked often enough", () => count > looks.length + 2);
    ended.abort();
    await watching;
    assert.equal(said.length, 3, said.join("\n"));
    assert.match(said[0]!, /^Index "chat" takes no documents, because a disk of OpenSearch is full .*: make room,/);
    assert.equal(said[1], 'OpenSearch takes documents for index "chat" again.');
    assert.match(
      said[2]!,
      /^Index "letters" takes no documents, because it is blocked for writing \(index\.blocks\.write\)/,
    );
  });
});
