import assert from "node:assert/strict";
import { ENTITIES } from "../../../../../src/chat/detectors/detector";
import type { Session } from "../../../../../src/chat/model";
import { redactorOf } from "../../../../../src/chat/privacy/redactor";
import { decideSessions } from "../../../../../src/io/opensearch/sessions/read-sessions";
import { bring, INDEXES, RENEWAL, sessionsOf } from "../../../../support/opensearch/bring";
import { START_MS } from "../../../../support/opensearch/embedded-parts";
import { MemoryIndexes } from "../../../../support/opensearch/memory-index";

const CARD = "4111 1111 1111 1111";
const NOW = async (): Promise<void> => undefined;
const PLAIN = { ...RENEWAL, answering: "test", renews: false };
const redactor = redactorOf({ redaction: { entities: ENTITIES, mask: "type", where: "both" } });
const REDACTING = { ...PLAIN, redactor };

/** A session whose first message has these attributes and role. */
function sessionWith(more: Partial<Session["messages"][number]>): Session {
  const [session] = sessionsOf([1, 2]);
  const [first, ...others] = session!.messages;
  return { ...session!, messages: [{ ...first!, ...more }, ...others] };
}

describe("A replay of a session that is in the index, under a job that redacts", () => {
  for (const [what, more] of [
    ["attributes, which it does not name", { attributes: { note: `call ${CARD}`, tenant: "acme" } }],
    ["roles", { role: `r ${CARD}` }],
  ] as const) {
    it(`redacts the document's ${what}`, async () => {
      const indexes = new MemoryIndexes();
      assert.equal(await bring(indexes, sessionWith(more), NOW, { settings: PLAIN }), "written");
      const held = (): string => JSON.stringify([...indexes.documents(INDEXES.index).values()]);
      assert.ok(held().includes(CARD));
      const session = sessionWith({});
      const [decided] = await decideSessions(indexes.access(NOW), [session], INDEXES, REDACTING, () => START_MS);
      assert.equal(decided!.kind, "planned");
      assert.equal(await bring(indexes, session, NOW, { settings: REDACTING }), "written");
      assert.ok(!held().includes(CARD), held());
      if ("attributes" in more) {
        assert.match(held(), /"note":"call \[CARD\]","tenant":"acme"/);
        const { documents } = decided!.kind === "planned" ? decided!.plan : { documents: [] };
        // The content is the same, so no model is asked.
        assert.ok(documents.every(({ content }) => "embedding" in content));
      }
      assert.equal(await bring(indexes, session, NOW, { settings: REDACTING }), "held", "once is enough");
    });
  }
});
