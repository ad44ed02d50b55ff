import assert from "node:assert/strict";
import type { Alert } from "../../../../../src/chat/alerts/alert";
import { alertLetter } from "../../../../../src/chat/alerts/letters";
import type { DeadLetter } from "../../../../../src/chat/model";
import { keyHash } from "../../../../../src/chat/steps/ids/key-hash";
import type { IndexAccess } from "../../../../../src/io/opensearch/writing/index-access";
import { keptLetters } from "../../../../../src/io/opensearch/letters/suppress-letters";

const DAY_MS = 86_400_000;
const NOW_MS = 100 * DAY_MS;

/** An index whose only ledger tells that alice's key was erased at this time. */
function erasedAt(erasedMs: number | undefined): Pick<IndexAccess, "get"> {
  const source = { entries: [], ...(erasedMs === undefined ? {} : { erasedBefore: new Date(erasedMs).toISOString() }) };
  return {
    get<S>(_index: string, ids: readonly string[]) {
      const version = { seqNo: 1, primaryTerm: 1 };
      const found = ids.map((id) => (id === keyHash("alice") ? { id, version, source: source as S } : undefined));
      return Promise.resolve(found);
    },
  };
}

function letterAt(sentMs: number): DeadLetter {
  const alert: Alert = {
    ...{ id: "a", lane: "message", rule: "card", kind: "payment-card", severity: "high", messageCount: 1 },
    ...{ sessionKeyHash: keyHash("alice"), userHash: keyHash("alice"), startMs: sentMs, endMs: sentMs },
  };
  return alertLetter("ALERT_NOT_TAKEN", "Away.", { receiver: "webhook", alert });
}

describe("The letter of an alert", () => {
  const kept = async (sentMs: number, erasedMs: number | undefined, retentionMs?: number): Promise<boolean> => {
    const settings = { ledgerIndex: "ledger", ...(retentionMs === undefined ? {} : { retentionMs }) };
    const [own] = await keptLetters(erasedAt(erasedMs), [letterAt(sentMs)], settings, NOW_MS);
    assert.equal(own!.suppressed, 0, "it stands for no message");
    return own!.letter !== undefined;
  };

  it("is kept or left out as a whole where its key was erased", async () => {
    assert.equal(await kept(10 * DAY_MS, undefined), true);
    assert.equal(await kept(10 * DAY_MS, 11 * DAY_MS), false);
    assert.equal(await kept(12 * DAY_MS, 11 * DAY_MS), true);
  });

  it("is left out when it is older than the retention", async () => {
    assert.equal(await kept(NOW_MS - 2 * DAY_MS, undefined, DAY_MS), false);
    assert.equal(await kept(NOW_MS - DAY_MS / 2, undefined, DAY_MS), true);
  });
});
