import assert from "node:assert/strict";
import { apart } from "../../../../../src/chat/steps/sessions/gather-late";
import { chatMessage } from "../../../../support/opensearch/embedded-parts";

describe("late messages", () => {
  it("are apart where the gap lies between them, in whatever order they came", () => {
    const messages = [400, 1, 100, 701, 401].map((second) => chatMessage(second));
    const groups = apart(messages, 300_000).map((group) => group.map(({ messageId }) => messageId));
    assert.deepEqual(groups, [["m-1", "m-100"], ["m-400", "m-401"], ["m-701"]]);
  });
});
