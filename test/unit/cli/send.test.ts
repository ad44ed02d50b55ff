import assert from "node:assert/strict";
import { messageWith } from "../../../src/cli/send";

describe("a message to send", () => {
  it("has its fields at their dotted paths", () => {
    assert.deepEqual(
      messageWith([
        ["user.id", "alice"],
        ["user.device", "phone"],
        ["text", "hi"],
      ]),
      { user: { id: "alice", device: "phone" }, text: "hi" },
    );
  });

  it("takes a path through a prototype for plain names", () => {
    const message = messageWith([["__proto__.polluted", "yes"]]);
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
    assert.ok(typeof message === "object");
  });
});
