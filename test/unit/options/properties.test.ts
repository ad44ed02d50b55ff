import assert from "node:assert/strict";
import { JobError } from "../../../src/errors";
import { readOptions } from "../../../src/options";
import { propertiesOf, readProperties } from "../../../src/options/properties";

const NOW_MS = Date.parse("2026-03-01T12:00:00Z");
const LEAST = { stream: "chat", "opensearch-endpoint": "https://search.example" };

function refusal(properties: Record<string, string>): string {
  try {
    readProperties(properties, {}, NOW_MS);
  } catch (error) {
    assert.ok(error instanceof JobError);
    assert.equal(error.code, "BAD_OPTION");
    return error.message;
  }
  throw new Error("it was accepted");
}

describe("runtime properties", () => {
  it("mean what the same flags mean", () => {
    const properties = { ...LEAST, region: "eu-west-1", "session-gap": "30s", "store-messages": "false" };
    const flags = ["--session-gap", "30s", "--no-store-messages", "--region", "eu-west-1", "--runner", "flink"];
    const more = ["--no-local", "--stream", "chat", "--opensearch-endpoint", "https://search.example"];
    const fromFlags = readOptions([...flags, ...more], {}, NOW_MS);
    const fromProperties = readProperties(properties, {}, NOW_MS);
    const settings = fromProperties.pipelineSettings({}, NOW_MS);
    assert.deepEqual(settings, fromFlags.pipelineSettings({}, NOW_MS));
    assert.equal(settings.sessions.gapMs, 30_000);
    assert.equal(settings.openSearch.storeMessages, false);
  });

  it("take the region of the service, and no other variable", () => {
    const environment = { AWS_REGION: "eu-central-1", CHAT_SESSIONS_INDEX: "other" };
    const { region, index } = readProperties(LEAST, environment, NOW_MS);
    assert.deepEqual({ region, index }, { region: "eu-central-1", index: "chat-sessions" });
  });

  it("are refused with one sentence each", () => {
    assert.equal(refusal({ "opensearch-endpoint": "https://x.example" }), 'The property "stream" is missing.');
    assert.equal(refusal({ stream: "chat" }), 'The property "opensearch-endpoint" is missing.');
    assert.equal(
      refusal({ ...LEAST, "sesion-gap": "5m" }),
      'Unknown property "sesion-gap": did you mean "session-gap"?',
    );
    assert.equal(refusal({ ...LEAST, colour: "blue" }), 'Unknown property "colour".');
    assert.match(refusal({ ...LEAST, "session-gap": "soon" }), /^property "session-gap" must be [^\n]+, not "soon"\.$/);
    assert.equal(refusal({ ...LEAST, "store-messages": "no" }), 'property "store-messages" must be true or false.');
    for (const own of ["parallelism", "checkpoint-interval", "once", "until", "local", "runner"]) {
      assert.match(refusal({ ...LEAST, [own]: "1" }), new RegExp(`^The option "${own}" cannot be a property`));
    }
    assert.match(refusal({ ...LEAST, "max-open-session": "1s" }), /^property "max-open-session" must not be shorter/);
  });

  it("come out of the service's file", () => {
    const group = { PropertyGroupId: "ChatSessions", PropertyMap: LEAST };
    const file = JSON.stringify([{ PropertyGroupId: "Other", PropertyMap: { a: "b" } }, group]);
    assert.deepEqual(propertiesOf(file), LEAST);
    assert.throws(() => propertiesOf("[]"), /no group "ChatSessions" of runtime properties/);
    assert.throws(() => propertiesOf("{"), /not in the form/);
    assert.throws(() => propertiesOf('[{"PropertyGroupId": "ChatSessions"}]'), /not in the form/);
  });
});
