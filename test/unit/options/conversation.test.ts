import assert from "node:assert/strict";
import { readOptions } from "../../../src/options";
import { isFatal } from "../../support/chat/fatal";

const NOW_MS = Date.UTC(2026, 5, 1);

function settings(argv: string) {
  const options = readOptions(argv === "" ? [] : argv.split(" "), {}, NOW_MS);
  return options.pipelineSettings({ opensearch: "http://127.0.0.1:1" }, NOW_MS);
}

describe("options of conversations", () => {
  it("read the sample's conversations, and users' sessions of everything else", () => {
    const { messages, sessions, openSearch } = settings("");
    const { sessionKey, roleField, roles } = messages;
    assert.deepEqual([sessionKey, roleField, roles], [["chatId"], "role", { operator: "agent" }]);
    assert.deepEqual([openSearch.attributes, messages.isConversationOptional], [["channel", "tenant"], true]);
    assert.deepEqual(sessions.attributes, messages.attributes);
    for (const argv of ["--no-sample", "--kinesis-endpoint http://127.0.0.1:1 --stream s"]) {
      const { messages: own, sessions: cut, openSearch: index } = settings(argv);
      for (const key of ["sessionKey", "roleField", "roles", "attributes"]) assert.ok(!(key in own), key);
      assert.ok(!("attributes" in cut) && !("attributes" in index));
    }
    for (const [key, by] of [
      ["isConversationOptional", "chat.id"],
      ["sessionKey", "user"],
    ] as const)
      assert.ok(!(key in settings(`--session-key ${by}`).messages), "given, so not the sample's");
    assert.ok(!("sessionKey" in settings("--session-key who --user-field who").messages), "the user's own field");
  });

  it("say what sessions are grouped by, who speaks, and which attributes there are", () => {
    const argv =
      "--no-sample --session-key org.id+user.id --role-field from --roles agent=Operator,agent=staff,bot=AUTO --attributes channel=meta.channel,last_queue=queue:last,tags=tag:all";
    const { messages } = settings(argv);
    assert.deepEqual(messages.sessionKey, ["org.id", "user.id"]);
    assert.deepEqual(messages.roles, { operator: "agent", staff: "agent", auto: "bot" });
    assert.deepEqual(messages.attributes, [
      { name: "channel", field: "meta.channel", values: "first" },
      { name: "last_queue", field: "queue", values: "last" },
      { name: "tags", field: "tag", values: "all" },
    ]);
    const many = (count: number) => Array.from({ length: count }, (_, n) => `a${n}=b${n}`).join(",");
    assert.equal(settings(`--attributes ${many(16)}`).messages.attributes?.length, 16);
    const wrong: readonly (readonly [string, RegExp])[] = [
      ["--session-key a+a", /^--session-key must be "user", a field/],
      ["--session-key a+b+c+d+e", /up to 4 of them/],
      ["--session-key a..b", /--session-key must be/],
      ["--roles agent=operator", /^--roles needs --role-field/],
      ["--role-field f --roles agent", /^--roles must be up to 64 pairs such as agent=operator/],
      ["--role-field f --roles agent=x,bot=X", /each word once/],
      [`--role-field f --roles ${"x".repeat(65)}=y`, /--roles must be/],
      ["--attributes channel", /^--attributes must be up to 16 pairs/],
      ["--attributes a.b=c", /letters, digits/],
      ["--attributes a=b:newest", /--attributes must be/],
      ["--attributes a=b,a=c", /each name once/],
      [`--attributes ${many(17)}`, /up to 16 pairs/],
    ];
    for (const [given, sentence] of wrong) assert.throws(() => settings(given), isFatal("BAD_OPTION", sentence), given);
  });
});
