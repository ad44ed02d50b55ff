import { JobError } from "../../../chat/errors";
import type { Ledger, LedgerEntry } from "../../../chat/plan";
import type { WriteOutcome } from "../writing/bulk-writer";
import type { IndexAccess } from "../writing/index-access";
import { ledgerOperation } from "../ledgers/ledger";
import type { Work } from "./planned-work";
import { readLedgers, type SessionIndexes } from "./read-sessions";

/** Times that a ledger is read again because others changed it; then its sessions begin anew. */
const MAX_LEDGER_ATTEMPTS = 20;

/** Changes the ledgers of all works in one request, and again those that others changed first. */
export async function changeLedgers(
  access: IndexAccess,
  works: readonly Work[],
  known: ReadonlyMap<string, Ledger>,
  indexes: SessionIndexes,
  change: (ledger: Ledger, own: readonly Work[]) => readonly LedgerEntry[] | undefined,
): Promise<void> {
  let pending = [...new Set(works.map(({ sessionKey }) => sessionKey))];
  let ledgers = known;
  for (let attempt = 1; pending.length > 0; attempt++) {
    const changes = pending.flatMap((sessionKey) => {
      const ledger = ledgers.get(sessionKey) ?? { entries: [] };
      const entries = change(
        ledger,
        works.filter((work) => work.sessionKey === sessionKey),
      );
      return entries === undefined ? [] : [{ sessionKey, operation: ledgerOperation(sessionKey, ledger, entries) }];
    });
    const outcomes = await access.send(
      indexes.ledgerIndex,
      changes.map(({ operation }) => operation),
    );
    const unwritten = changes.flatMap(({ sessionKey }, place) => {
      const reason = reasonNotToWrite(outcomes[place]!);
      return reason === undefined ? [] : [{ sessionKey, reason }];
    });
    for (const work of works) {
      if (unwritten.some(({ sessionKey, reason }) => sessionKey === work.sessionKey && reason === "failing"))
        work.state = "again";
    }
    pending = unwritten.flatMap(({ sessionKey, reason }) => (reason === "conflict" ? [sessionKey] : []));
    if (pending.length === 0) return;
    if (attempt === MAX_LEDGER_ATTEMPTS) {
      for (const work of works) if (pending.includes(work.sessionKey)) work.state = "again";
      return;
    }
    ledgers = await readLedgers(access, pending, indexes);
  }
}

/** Undefined when it was stored. A ledger that is refused ends the job. */
function reasonNotToWrite(outcome: WriteOutcome): "conflict" | "failing" | undefined {
  if (outcome.stored) return undefined;
  if ("laterMs" in outcome) return "failing";
  if (outcome.isConflict === true) return "conflict";
  throw new JobError("INDEX_MISFIT", `A ledger could not be kept: ${outcome.reason} Mend its index, then start again.`);
}
