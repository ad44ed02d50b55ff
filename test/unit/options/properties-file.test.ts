import assert from "node:assert/strict";
import { propertiesOf } from "../../../src/options/properties-file";

describe("the file of runtime properties", () => {
  it("holds the job's group beside others", () => {
    const other = { PropertyGroupId: "Other", PropertyMap: { a: "b" } };
    const own = { PropertyGroupId: "ChatSessions", PropertyMap: { stream: "chat" } };
    assert.deepEqual(propertiesOf(JSON.stringify([other, own])), { stream: "chat" });
  });

  it("is refused with one sentence when there is no such group, or something else in it", () => {
    assert.throws(() => propertiesOf("[]"), /^JobError: The runtime properties have no group ChatSessions: add it\.$/);
    for (const content of ["", "{", "null", '[{"PropertyGroupId": "ChatSessions"}]']) {
      assert.throws(() => propertiesOf(content), /^JobError: The runtime properties are not in the form/);
    }
  });
});
