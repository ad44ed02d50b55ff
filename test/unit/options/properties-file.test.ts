import assert from "node:assert/strict";
import { propertiesOf } from "../../../src/options/properties-file";
import { propertyGroups } from "../../../src/options/property-groups";
import { RETAIL } from "../../support/chat/retail";

describe("the file of runtime properties", () => {
  it("holds the job's group beside others", () => {
    const other = { PropertyGroupId: "Other", PropertyMap: { a: "b" } };
    const own = { PropertyGroupId: "ChatSessions", PropertyMap: { stream: "chat" } };
    assert.deepEqual(propertiesOf(JSON.stringify([other, own])), { stream: "chat" });
  });

  it("holds a taxonomy and rules of alerts of any size and script in pieces that the service takes, and gives it back", () => {
    const long = {
      ...RETAIL,
      topics: Array.from({ length: 60 }, (_, index) => ({ name: `t${index}`, means: "🛒あ".repeat(40) })),
    };
    for (const taxonomy of [RETAIL, long]) {
      const words = Array.from({ length: 300 }, (_, index) => `${index} あ🛒`);
      const rules = { words: [{ name: "own", kind: "own", severity: "low", words }] };
      const properties = {
        stream: "chat",
        taxonomy: JSON.stringify(taxonomy),
        "alert-rules": JSON.stringify(rules).repeat(3),
      };
      const groups = propertyGroups(properties);
      for (const { PropertyMap } of groups) {
        const values = Object.values(PropertyMap);
        assert.ok(values.length <= 50 && values.every((own) => own.length <= 2_048 && own.isWellFormed()));
      }
      assert.deepEqual(propertiesOf(JSON.stringify(groups.toReversed())), properties);
    }
    assert.equal(propertyGroups({ stream: "chat" }).length, 1);
  });

  it("is refused with one sentence when there is no such group, or something else in it", () => {
    assert.throws(() => propertiesOf("[]"), /^JobError: The runtime properties have no group ChatSessions: add it\.$/);
    for (const content of ["", "{", "null", '[{"PropertyGroupId": "ChatSessions"}]']) {
      assert.throws(() => propertiesOf(content), /^JobError: The runtime properties are not in the form/);
    }
  });
});
