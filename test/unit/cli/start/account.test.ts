import assert from "node:assert/strict";
import { accountText } from "../../../../src/cli/start/account";
import { totalsOf } from "../../../../src/cli/start/totals";

const ACCOUNT = { ...totalsOf([]), read: 1_234, edits: 2, stopped: true, savepoint: "file:///data/savepoint-1" };

describe("the account of a run", () => {
  it("is one line of JSON where no terminal shows it", () => {
    const text = accountText(ACCOUNT, { isTTY: false, columns: 80 });
    assert.ok(text.endsWith("}\n") && !text.slice(0, -1).includes("\n"));
    assert.deepEqual(JSON.parse(text), ACCOUNT);
  });

  it("has a line for each fact on a terminal, none of which is too long", () => {
    for (const columns of [80, 40]) {
      const lines = accountText(ACCOUNT, { isTTY: true, columns }).split("\n");
      assert.equal(lines.pop(), "");
      assert.ok(
        lines.every((line) => line.length < columns),
        lines.join("\n"),
      );
      assert.deepEqual(
        Object.keys(ACCOUNT),
        lines.flatMap((line) => /^ {2}(\w+)/.exec(line)?.[1] ?? []),
      );
    }
    const [read, indexed] = accountText(ACCOUNT, { isTTY: true, columns: 80 }).split("\n");
    assert.deepEqual([read, indexed], ["  read            1234", "  indexed            0"]);
  });

  it("keeps an address whole, on a line of its own where it does not fit beside its name", () => {
    const savepoint = `file:///data/${"x".repeat(60)}`;
    const text = accountText({ read: 1, savepoint }, { isTTY: true, columns: 80 });
    assert.deepEqual(text.split("\n"), ["  read       1", "  savepoint", `      ${savepoint}`, ""]);
  });
});
