import assert from "node:assert/strict";
import type { Alert } from "../../../../../src/chat/alerts/alert";
import { keyHash } from "../../../../../src/chat/steps/ids/key-hash";
import type { IndexAccess } from "../../../../../src/io/opensearch/writing/index-access";
import type { Fields } from "../../../../../src/io/opensearch/requests/multi-get";
import { areKept } from "../../../../../src/io/opensearch/alerts/suppress-alerts";

const DAY_MS = 86_400_000;
const NOW_MS = 100 * DAY_MS;
const ERASED_MS = 50 * DAY_MS;

/** An index whose only ledger tells that alice was erased; its entries, which may be many, must not be asked for. */
const access: Pick<IndexAccess, "get"> = {
  get<S>(_index: string, ids: readonly string[], fields: Fields) {
    assert.deepEqual(fields, ["erasedBefore"]);
    const source = { erasedBefore: new Date(ERASED_MS).toISOString() };
    const version = { seqNo: 1, primaryTerm: 1 };
    const found = ids.map((id) => (id === keyHash("alice") ? { id, version, source: source as S } : undefined));
    return Promise.resolve(found);
  },
};

function alertOf(user: string, startMs: number, more: Partial<Alert> = {}): Alert {
  return {
    ...{ id: "a", lane: "message", rule: "card", kind: "payment", severity: "high", messageCount: 1 },
    ...{ sessionKeyHash: keyHash(user), userHash: keyHash(user), startMs, endMs: startMs, arrivalMs: startMs },
    ...more,
  };
}

describe("An alert", () => {
  const isKept = async (alert: Alert, retentionMs?: number): Promise<boolean | undefined> => {
    const settings = { ledgerIndex: "ledger", ...(retentionMs === undefined ? {} : { retentionMs }) };
    const [kept, ...others] = await areKept(access, [alert, alertOf("bob", NOW_MS)], settings, NOW_MS);
    assert.deepEqual(others, [true]);
    return kept;
  };

  it("of what was erased is left out, on both lanes, whether its key or its author was erased", async () => {
    const before = ERASED_MS - 1;
    assert.equal(await isKept(alertOf("alice", before)), false);
    assert.equal(await isKept(alertOf("alice", before, { lane: "session", documentId: "d" })), false);
    assert.equal(await isKept(alertOf("alice", before, { sessionKeyHash: "a ticket's" })), false);
    assert.equal(await isKept(alertOf("alice", before, { userHash: "an agent's" })), false);
    assert.equal(await isKept(alertOf("bob", before)), true);
    assert.equal(await isKept(alertOf("alice", ERASED_MS)), true);
  });

  it("of a message that came before the erasure is left out, whatever a clock says that is ahead", async () => {
    assert.equal(await isKept(alertOf("alice", ERASED_MS + 5, { arrivalMs: ERASED_MS - 5 })), false);
  });

  it("that is older than the retention is left out", async () => {
    assert.equal(await isKept(alertOf("bob", NOW_MS - 2 * DAY_MS), DAY_MS), false);
    assert.equal(await isKept(alertOf("bob", NOW_MS - DAY_MS / 2), DAY_MS), true);
    assert.equal(await isKept(alertOf("bob", NOW_MS - 2 * DAY_MS, { endMs: NOW_MS }), DAY_MS), true);
  });
});
