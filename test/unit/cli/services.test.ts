import assert from "node:assert/strict";
import { search } from "../../../src/cli/search";
import { isFatal } from "../../support/chat/fatal";

describe("services for a command", () => {
  it("get no password that everybody on the way can read, and nothing is started before that is refused", async () => {
    const flags = ["--opensearch-endpoint", "http://search.example.com", "--auth", "basic", "--username", "ann"];
    const said: string[] = [];
    const answer = search([...flags, "hi"], { CHAT_SESSIONS_PASSWORD: "s" }, 80, (line) => void said.push(line));
    await assert.rejects(answer, isFatal("BAD_OPTION", /^--auth basic would send the password unencrypted: give/));
    assert.deepEqual(said, []);
  });
});
